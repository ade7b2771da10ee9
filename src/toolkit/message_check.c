/* SPDX-License-Identifier: MIT */
/* Checks a message before it is copied. */
#include "toolkit/message_check.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "toolkit/message_json.h"
#include "toolkit/message_part.h"
#include "json/call_members.h"

static chutes_status refuse(chutes_error *error, const char *field,
                            const char *reason)
{
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s %s", field,
                        reason);
}

/* ---- extra_json ---------------------------------------------------------- */

/* What an extra_json may be. */
struct extra_rules {
    const struct chutes__json_names *known;
    size_t max_depth;
    const char *owner;
};

static const struct extra_rules OF_MESSAGE = {
    &chutes__message_names, CHUTES__MESSAGE_MAX_DEPTH, "a message"};
static const struct extra_rules OF_CALL = {
    &chutes__call_names, CHUTES__JSON_EXTRA_DEPTH, "a tool call"};

/* Appends the members of the extra_json that is called `field`, unless it is
 * NULL. */
static chutes_status read_extra(struct chutes__json_extra *extra,
                                const char *json,
                                const struct extra_rules *rules,
                                const char *field, chutes_error *error)
{
    chutes_status status;

    if (json == NULL) {
        return CHUTES_OK;
    }
    status = chutes__message_extra_add(extra, chutes__slice_of(json),
                                       rules->max_depth, rules->known);
    if (status == CHUTES_ERR_INVALID_ARGUMENT) {
        return chutes__fail(error, status,
                            "%s must be an object without members that %s has",
                            field, rules->owner);
    }
    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail(error, status, "%s has more than %d members", field,
                            CHUTES__JSON_EXTRA_MAX);
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}

static chutes_status check_call_extra(const char *json, size_t index,
                                      chutes_error *error)
{
    struct chutes__json_extra extra = {.count = 0};
    char field[64];
    chutes_status status;

    (void)snprintf(field, sizeof(field), "tool_calls[%zu].extra_json", index);
    if (json != NULL &&
        chutes__utf8_valid_prefix(json, strlen(json)) != strlen(json)) {
        return refuse(error, field, "is not valid UTF-8");
    }
    chutes__buf_init(&extra.buf, SIZE_MAX);
    status = read_extra(&extra, json, &OF_CALL, field, error);
    chutes__buf_dispose(&extra.buf);
    return status;
}

/* ---- the message --------------------------------------------------------- */

static chutes_status check_calls(const chutes_message *message,
                                 chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    if (message->tool_call_count > CHUTES__MESSAGE_MAX_CALLS) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "tool_calls are more than %d",
                            CHUTES__MESSAGE_MAX_CALLS);
    }
    if (message->tool_call_count > 0 &&
        (message->tool_calls == NULL ||
         message->tool_call_size < sizeof(chutes_tool_call))) {
        return refuse(error, "tool_calls", "must not be NULL");
    }
    for (size_t i = 0; i < message->tool_call_count && status == CHUTES_OK;
         i++) {
        if (message->tool_calls[i] == NULL) {
            return refuse(error, "tool_calls", "must not contain NULL");
        }
        status = check_call_extra(message->tool_calls[i]->extra_json, i, error);
    }
    return status;
}

static chutes_status check_parts(const chutes_message *message,
                                 chutes_error *error)
{
    if (message->part_count > CHUTES__MESSAGE_MAX_PARTS) {
        return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                            "parts are more than %d",
                            CHUTES__MESSAGE_MAX_PARTS);
    }
    if (message->part_count > 0 &&
        (message->parts == NULL ||
         message->part_size < sizeof(chutes_content_part))) {
        return refuse(error, "parts", "must not be NULL");
    }
    if (message->part_count > 0 && message->content != NULL) {
        return refuse(error, "content", "must be NULL when there are parts");
    }
    return CHUTES_OK;
}

chutes_status chutes__message_check(const chutes_message *message,
                                    struct chutes__json_extra *extra,
                                    chutes_error *error)
{
    bool is_assistant;
    chutes_status status = check_parts(message, error);

    if (status == CHUTES_OK) {
        status = check_calls(message, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (message->role == NULL || message->role[0] == '\0') {
        return refuse(error, "role", "must not be empty");
    }
    is_assistant = strcmp(message->role, "assistant") == 0;
    if (!is_assistant && message->tool_call_count > 0) {
        return refuse(error, "tool_calls", "are for the role assistant");
    }
    if (!is_assistant && message->reasoning != NULL) {
        return refuse(error, "reasoning", "is for the role assistant");
    }
    if ((strcmp(message->role, "tool") == 0) !=
        (message->tool_call_id != NULL)) {
        return refuse(error, "tool_call_id",
                      "is for the role tool, which needs it");
    }
    if (message->content == NULL && message->part_count == 0 &&
        message->tool_call_count == 0 && message->extra_json == NULL) {
        return refuse(error, "content", "must not be NULL");
    }
    return read_extra(extra, message->extra_json, &OF_MESSAGE, "extra_json",
                      error);
}
