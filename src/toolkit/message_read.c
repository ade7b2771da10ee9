/* SPDX-License-Identifier: MIT */
/* Reads a message with OpenAI's names, and refuses what it doesn't expect. */
#include "toolkit/message_read.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "toolkit/message_json.h"
#include "toolkit/message_part.h"
#include "json/call_members.h"

enum { MAX_PLACE = 64 };

static chutes_status fail(const struct chutes__message_reading *reading,
                          chutes_status status, const char *place,
                          const char *reason)
{
    return chutes__fail(reading->error, status, "%s[%zu]%s%s: %s",
                        reading->list, reading->index,
                        place[0] == '\0' ? "" : ".", place, reason);
}

static chutes_status refuse(const struct chutes__message_reading *reading,
                            const char *place, const char *reason)
{
    return fail(reading, CHUTES_ERR_PROTOCOL, place, reason);
}

static chutes_status fail_memory(const struct chutes__message_reading *reading)
{
    return chutes__fail_status(reading->error, CHUTES_ERR_NO_MEMORY);
}

/* Stores the text of a string; null counts as absent. */
static chutes_status take_string(const struct chutes__message_reading *reading,
                                 const struct chutes__json_value *value,
                                 const char *place, const char **text)
{
    if (value->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    if (value->type != CHUTES__JSON_STRING) {
        return refuse(reading, place, "expected a string");
    }
    if (*text != NULL) {
        return refuse(reading, place, "appears twice");
    }
    *text = chutes__json_dup_string(value, reading->arena, NULL);
    return *text != NULL ? CHUTES_OK : fail_memory(reading);
}

/* Returns how many elements an array has that the reader has checked. */
static size_t count_elements(const struct chutes__json_value *array)
{
    struct chutes__json_reader reader;
    size_t count = 0;

    chutes__json_init(&reader, array->text.data, array->text.len,
                      CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        chutes__json_skip(&reader);
        count++;
    }
    return count;
}

/* ---- unknown members ----------------------------------------------------- */

/* The members of a message or of a call that its struct has no fields for. */
struct unknown {
    struct chutes__json_extra extra;
    const char *names[CHUTES__JSON_EXTRA_MAX];
};

/* Takes an unknown member, which ends at `end`, of the message or of what is at
 * this place in it. A second one of the same name is refused, because only one
 * of them would be sent and saved. */
static chutes_status take_unknown(const struct chutes__message_reading *reading,
                                  const struct chutes__json_value *key,
                                  const char *end, const char *place,
                                  struct unknown *unknown)
{
    size_t count = unknown->extra.count;
    const char *begin = key->text.data - 1;
    const char *name = chutes__json_dup_string(key, reading->arena, NULL);
    chutes_status status;

    if (name == NULL) {
        return fail_memory(reading);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(unknown->names[i], name) == 0) {
            return refuse(reading, place[0] == '\0' ? name : place,
                          "appears twice");
        }
    }
    status = chutes__json_extra_append(
        &unknown->extra, (struct chutes__slice){begin, (size_t)(end - begin)});
    if (status == CHUTES_ERR_TOO_LARGE) {
        return fail(reading, status, place, "has too many unknown members");
    }
    if (status != CHUTES_OK) {
        return fail_memory(reading);
    }
    unknown->names[count] = name;
    return CHUTES_OK;
}

/* Moves what was taken to the arena. */
static chutes_status keep_unknown(const struct chutes__message_reading *reading,
                                  struct unknown *unknown, const char **json)
{
    if (unknown->extra.count == 0) {
        return CHUTES_OK;
    }
    *json = chutes__arena_adopt(reading->arena, &unknown->extra.buf);
    return *json != NULL ? CHUTES_OK : fail_memory(reading);
}

/* ---- parts --------------------------------------------------------------- */

static bool has_type(struct chutes__slice json)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    bool is_found = false;

    chutes__json_init(&reader, json.data, json.len, CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &value);
        is_found = is_found ||
                   (chutes__json_key_is(&key, "type") &&
                    value.type == CHUTES__JSON_STRING && value.text.len > 0);
    }
    return is_found;
}

static chutes_status read_parts(const struct chutes__message_reading *reading,
                                const struct chutes__json_value *array,
                                chutes_message *message)
{
    size_t count = count_elements(array);
    chutes_content_part *parts;
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    char place[MAX_PLACE];

    if (count == 0 || count > CHUTES__MESSAGE_MAX_PARTS) {
        return fail(reading,
                    count == 0 ? CHUTES_ERR_PROTOCOL : CHUTES_ERR_TOO_LARGE,
                    "content", count == 0 ? "is empty" : "has too many parts");
    }
    parts = chutes__arena_alloc(reading->arena, count, sizeof(*parts));
    if (parts == NULL) {
        return fail_memory(reading);
    }
    message->parts = parts;
    chutes__json_init(&reader, array->text.data, array->text.len,
                      CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_array(&reader);
    while (chutes__json_next_element(&reader)) {
        size_t index = message->part_count++;

        chutes__json_read(&reader, &value);
        if (value.type != CHUTES__JSON_OBJECT || !has_type(value.text)) {
            (void)snprintf(place, sizeof(place), "content[%zu]", index);
            return refuse(reading, place, "expected an object with a type");
        }
        parts[index] = chutes_part_of(CHUTES_PART_JSON);
        parts[index].json = chutes__arena_dup(reading->arena, value.text);
        if (parts[index].json == NULL) {
            return fail_memory(reading);
        }
    }
    return CHUTES_OK;
}

static chutes_status take_content(const struct chutes__message_reading *reading,
                                  const struct chutes__json_value *value,
                                  chutes_message *message)
{
    if (value->type != CHUTES__JSON_ARRAY) {
        return take_string(reading, value, "content", &message->content);
    }
    if (message->part_count > 0) {
        return refuse(reading, "content", "appears twice");
    }
    return read_parts(reading, value, message);
}

/* ---- tool calls ---------------------------------------------------------- */

/* Reads {"name":…,"arguments":…}, or "input" for a custom tool. */
static chutes_status
read_function(const struct chutes__message_reading *reading,
              struct chutes__json_reader *reader, const char *place,
              chutes_tool_call *call)
{
    struct chutes__json_value key;
    struct chutes__json_value value;
    chutes_status status = CHUTES_OK;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return refuse(reading, place, "expected an object");
    }
    chutes__json_enter_object(reader);
    while (status == CHUTES_OK && chutes__json_next_member(reader, &key)) {
        chutes__json_read(reader, &value);
        if (chutes__json_key_is(&key, "name")) {
            status = take_string(reading, &value, place, &call->name);
        } else if (chutes__json_key_is(&key, "arguments") ||
                   chutes__json_key_is(&key, "input")) {
            status = take_string(reading, &value, place, &call->arguments);
        }
    }
    return status;
}

/* Reads the members of a call, which is at this place. */
static chutes_status
read_call_members(const struct chutes__message_reading *reading,
                  struct chutes__json_reader *reader, const char *place,
                  chutes_tool_call *call, struct unknown *unknown)
{
    struct chutes__json_value key;
    struct chutes__json_value value;
    chutes_status status = CHUTES_OK;

    chutes__json_enter_object(reader);
    while (status == CHUTES_OK && chutes__json_next_member(reader, &key)) {
        if (chutes__json_key_is(&key, "function") ||
            chutes__json_key_is(&key, "custom")) {
            status = read_function(reading, reader, place, call);
            continue;
        }
        chutes__json_read(reader, &value);
        if (chutes__json_key_is(&key, "id")) {
            status = take_string(reading, &value, place, &call->id);
        } else if (chutes__json_key_is(&key, "type")) {
            status = take_string(reading, &value, place, &call->type);
        } else if (value.type > CHUTES__JSON_NULL &&
                   !chutes__json_names_have(&chutes__call_names, &key)) {
            status = take_unknown(reading, &key, reader->at, place, unknown);
        }
    }
    return status;
}

static chutes_status read_call(const struct chutes__message_reading *reading,
                               struct chutes__json_reader *reader,
                               chutes_tool_call *call)
{
    struct unknown unknown = {.extra = {.count = 0}};
    char place[MAX_PLACE];
    chutes_status status;

    (void)snprintf(place, sizeof(place), "tool_calls[%d]", call->index);
    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return refuse(reading, place, "expected an object");
    }
    chutes__buf_init(&unknown.extra.buf, SIZE_MAX);
    status = read_call_members(reading, reader, place, call, &unknown);
    if (status == CHUTES_OK) {
        status = keep_unknown(reading, &unknown, &call->extra_json);
    }
    chutes__buf_dispose(&unknown.extra.buf);
    if (status == CHUTES_OK &&
        (call->id == NULL || call->id[0] == '\0' || call->name == NULL)) {
        return refuse(reading, place, "expected an id and a name");
    }
    return status;
}

static chutes_status take_calls(const struct chutes__message_reading *reading,
                                const struct chutes__json_value *array,
                                chutes_message *message)
{
    size_t count;
    chutes_tool_call *calls;
    const chutes_tool_call **list;
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    if (array->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    if (array->type != CHUTES__JSON_ARRAY || message->tool_call_count > 0) {
        return refuse(reading, "tool_calls", "expected one array");
    }
    count = count_elements(array);
    if (count > CHUTES__MESSAGE_MAX_CALLS) {
        return fail(reading, CHUTES_ERR_TOO_LARGE, "tool_calls",
                    "are too many");
    }
    calls = chutes__arena_alloc(reading->arena, count, sizeof(*calls));
    list = chutes__arena_alloc(reading->arena, count, sizeof(*list));
    if (calls == NULL || list == NULL) {
        return fail_memory(reading);
    }
    message->tool_calls = list;
    message->tool_call_count = count;
    chutes__json_init(&reader, array->text.data, array->text.len,
                      CHUTES__MESSAGE_MAX_DEPTH);
    chutes__json_enter_array(&reader);
    for (size_t i = 0; status == CHUTES_OK && i < count; i++) {
        (void)chutes__json_next_element(&reader);
        list[i] = &calls[i];
        calls[i].index = (int)i;
        status = read_call(reading, &reader, &calls[i]);
    }
    return status;
}

/* ---- the message --------------------------------------------------------- */

/* The parts of a message that have been read. */
struct found {
    chutes_message *message;
    const char *reasoning; /* under its other name: servers send both */
    struct unknown unknown;
};

/* Consumes one member. */
static chutes_status read_member(const struct chutes__message_reading *reading,
                                 struct chutes__json_reader *reader,
                                 const struct chutes__json_value *key,
                                 struct found *found)
{
    chutes_message *message = found->message;
    const struct {
        const char *name;
        const char **text;
    } strings[] = {
        {"role", &message->role},
        {"name", &message->name},
        {"tool_call_id", &message->tool_call_id},
        {"reasoning_content", &message->reasoning},
        {"reasoning", &found->reasoning},
    };
    struct chutes__json_value value;

    chutes__json_read(reader, &value);
    if (value.type == CHUTES__JSON_NONE) {
        return CHUTES_OK; /* a fault of the JSON, which the caller reports */
    }
    if (chutes__json_key_is(key, "content")) {
        return take_content(reading, &value, message);
    }
    if (chutes__json_key_is(key, "tool_calls")) {
        return take_calls(reading, &value, message);
    }
    for (size_t i = 0; i < CHUTES__COUNT(strings); i++) {
        if (chutes__json_key_is(key, strings[i].name)) {
            return take_string(reading, &value, strings[i].name,
                               strings[i].text);
        }
    }
    if (value.type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    return take_unknown(reading, key, reader->at, "", &found->unknown);
}

/* Completes a message whose members have been read. */
static chutes_status complete(const struct chutes__message_reading *reading,
                              struct found *found)
{
    chutes_message *message = found->message;
    chutes_status status;

    if (message->role == NULL) {
        return refuse(reading, "role", "expected a string");
    }
    if (message->reasoning == NULL) {
        message->reasoning = found->reasoning;
    }
    status = keep_unknown(reading, &found->unknown, &message->extra_json);
    if (status != CHUTES_OK) {
        return status;
    }
    if (message->content == NULL && message->part_count == 0 &&
        message->tool_call_count == 0 && message->extra_json == NULL) {
        message->content = ""; /* such as an answer that is only reasoning */
    }
    return CHUTES_OK;
}

chutes_status chutes__message_read(struct chutes__message_reading *reading,
                                   struct chutes__json_reader *reader,
                                   chutes_message *message)
{
    struct found found = {.message = message};
    struct chutes__json_value key;
    chutes_status status = CHUTES_OK;

    *message = chutes_message_of(NULL, NULL);
    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return reader->fault != NULL
                   ? CHUTES_OK
                   : refuse(reading, "", "expected an object");
    }
    chutes__buf_init(&found.unknown.extra.buf, SIZE_MAX);
    chutes__json_enter_object(reader);
    while (status == CHUTES_OK && chutes__json_next_member(reader, &key)) {
        status = read_member(reading, reader, &key, &found);
    }
    if (status == CHUTES_OK && reader->fault == NULL) {
        status = complete(reading, &found);
    }
    chutes__buf_dispose(&found.unknown.extra.buf);
    return status;
}
