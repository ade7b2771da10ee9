/* SPDX-License-Identifier: MIT */
/*
 * The ledger of a run: the conversation as JSON, with the ids of the calls that
 * have no result yet, so that no tool runs twice:
 *
 *     {"messages":[…],"run":{"started":["a"],"open":["b"]}}
 */
#include "toolkit/run.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "toolkit/message_part.h"
#include "json/reader.h"
#include "json/writer.h"

/* ---- writing ------------------------------------------------------------- */

static void append_ids(const struct chutes_conversation *talk,
                       struct chutes__buf *buf, bool is_started,
                       chutes_status *status)
{
    const char *separator = "";

    for (size_t i = chutes__talk_newest_turn(talk); i < talk->count; i++) {
        const struct chutes__talk_entry *entry = &talk->entries[i];

        if (!entry->is_pending || entry->is_started != is_started) {
            continue;
        }
        if (*status == CHUTES_OK) {
            *status = chutes__buf_append_str(buf, separator);
        }
        if (*status == CHUTES_OK) {
            *status =
                chutes__json_append_quoted(buf, talk->messages[i].tool_call_id);
        }
        separator = ",";
    }
}

static chutes_status write_ledger(const struct chutes_conversation *talk,
                                  struct chutes__buf *buf)
{
    char *json = NULL;
    chutes_status status = chutes_conversation_to_json(talk, &json, NULL);

    if (status == CHUTES_OK) {
        /* All but the last bracket. */
        status = chutes__buf_append(buf, json, strlen(json) - 1);
    }
    chutes_string_free(json);
    if (status == CHUTES_OK) {
        status = chutes__buf_append_str(buf, ",\"run\":{\"started\":[");
    }
    append_ids(talk, buf, true, &status);
    if (status == CHUTES_OK) {
        status = chutes__buf_append_str(buf, "],\"open\":[");
    }
    append_ids(talk, buf, false, &status);
    return status == CHUTES_OK ? chutes__buf_append_str(buf, "]}}") : status;
}

chutes_status chutes__run_save(struct chutes_run *run)
{
    struct chutes__buf buf;
    chutes_status status;

    if (run->params.save_ledger == NULL) {
        return CHUTES_OK;
    }
    chutes__buf_init(&buf, SIZE_MAX);
    status = write_ledger(run->talk, &buf);
    if (status == CHUTES_OK &&
        run->params.save_ledger(buf.data, buf.len, run->params.user_data) !=
            0) {
        status = CHUTES_ERR_CANCELLED;
    }
    chutes__buf_dispose(&buf);
    return status;
}

/* ---- reading ------------------------------------------------------------- */

/* What of a ledger has been read. */
struct reading {
    struct chutes_conversation *talk;
    chutes_error *error;
    size_t first; /* the newest message with tool calls */
    bool is_listed[CHUTES__MESSAGE_MAX_CALLS]; /* result by result */
    bool has_run;
};

static chutes_status refuse(const struct reading *reading, const char *name)
{
    return chutes__fail(reading->error, CHUTES_ERR_PROTOCOL,
                        "$.run.%s: expected one list of the ids of calls "
                        "without a result, each in one place",
                        name);
}

/* Notes what the list of this name says about a call. */
static chutes_status read_id(struct reading *reading,
                             const struct chutes__json_value *value,
                             struct chutes__buf *id, const char *name)
{
    struct chutes_conversation *talk = reading->talk;
    bool *is_listed;
    size_t index;
    chutes_status status;

    if (value->type != CHUTES__JSON_STRING) {
        return refuse(reading, name);
    }
    chutes__buf_clear(id);
    status = chutes__json_append_string(value, id);
    if (status != CHUTES_OK) {
        return chutes__fail_status(reading->error, status);
    }
    index = chutes__talk_find_result(talk, id->data);
    if (index == talk->count) {
        return refuse(reading, name);
    }
    is_listed = &reading->is_listed[index - reading->first - 1];
    if (*is_listed || !talk->entries[index].is_pending) {
        return refuse(reading, name);
    }
    *is_listed = true;
    talk->entries[index].is_started = strcmp(name, "started") == 0;
    return CHUTES_OK;
}

static chutes_status read_ids(struct reading *reading,
                              struct chutes__json_reader *reader,
                              const char *name)
{
    struct chutes__json_value value;
    struct chutes__buf id;
    chutes_status status = CHUTES_OK;

    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        return refuse(reading, name);
    }
    chutes__buf_init(&id, SIZE_MAX);
    chutes__json_enter_array(reader);
    while (status == CHUTES_OK && chutes__json_next_element(reader)) {
        chutes__json_read(reader, &value);
        status = read_id(reading, &value, &id, name);
    }
    chutes__buf_dispose(&id);
    return status;
}

static chutes_status read_run(struct reading *reading,
                              struct chutes__json_reader *reader)
{
    static const char *const names[] = {"started", "open"};
    bool is_read[CHUTES__COUNT(names)] = {false};
    struct chutes__json_value key;
    chutes_status status = CHUTES_OK;

    if (reading->has_run || chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return chutes__fail(reading->error, CHUTES_ERR_PROTOCOL,
                            "$.run: expected one object");
    }
    reading->has_run = true;
    chutes__json_enter_object(reader);
    while (status == CHUTES_OK && chutes__json_next_member(reader, &key)) {
        size_t list = chutes__json_key_is(&key, names[0])   ? 0
                      : chutes__json_key_is(&key, names[1]) ? 1
                                                            : 2;

        if (list == CHUTES__COUNT(names)) {
            chutes__json_skip(reader);
            continue;
        }
        status = is_read[list] ? refuse(reading, names[list])
                               : read_ids(reading, reader, names[list]);
        is_read[list] = true;
    }
    return status;
}

/* The conversation has been read from the same document, so it is JSON. */
static chutes_status read_ledger(struct chutes_conversation *talk,
                                 const char *json, size_t len,
                                 chutes_error *error)
{
    struct reading reading = {
        .talk = talk, .error = error, .first = chutes__talk_newest_turn(talk)};
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    chutes_status status = CHUTES_OK;

    chutes__json_init(&reader, json, len, CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (status == CHUTES_OK && chutes__json_next_member(&reader, &key)) {
        if (chutes__json_key_is(&key, "run")) {
            status = read_run(&reading, &reader);
        } else {
            chutes__json_skip(&reader);
        }
    }
    return status;
}

chutes_status chutes__run_check_started(const struct chutes_conversation *talk,
                                        chutes_error *error)
{
    size_t index = chutes__talk_find_started(talk);
    const char *id;

    if (index == talk->count) {
        return CHUTES_OK;
    }
    id = talk->messages[index].tool_call_id;
    (void)chutes__fail(error, CHUTES_ERR_PENDING_TOOL,
                       "the tool call %.100s was started, and its result is "
                       "unknown",
                       id);
    if (error != NULL) {
        chutes__error_copy(error->param, sizeof(error->param), id, strlen(id));
    }
    return CHUTES_ERR_PENDING_TOOL;
}

chutes_status chutes_run_restore(const char *json, size_t len,
                                 chutes_conversation **talk,
                                 chutes_error *error)
{
    chutes_status status =
        chutes_conversation_from_json(json, len, talk, error);

    if (status != CHUTES_OK) {
        return status;
    }
    status = read_ledger(*talk, json, len, error);
    if (status != CHUTES_OK) {
        chutes_conversation_free(*talk);
        *talk = NULL;
        return status;
    }
    return chutes__run_check_started(*talk, error);
}

chutes_status chutes_run_repeat(chutes_conversation *talk,
                                const char *tool_call_id)
{
    size_t index;

    if (talk == NULL || tool_call_id == NULL) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    index = chutes__talk_find_result(talk, tool_call_id);
    if (index == talk->count || !talk->entries[index].is_pending) {
        return CHUTES_ERR_INVALID_ARGUMENT;
    }
    talk->entries[index].is_started = false;
    return CHUTES_OK;
}
