/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "codec/chunk.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/value.h"

enum call_field { CALL_INDEX, CALL_ID, CALL_TYPE, CALL_FUNCTION, CALL_COUNT };

static const struct chutes__slice call_names[CALL_COUNT] = {
    [CALL_INDEX] = CHUTES__FIELD("index"),
    [CALL_ID] = CHUTES__FIELD("id"),
    [CALL_TYPE] = CHUTES__FIELD("type"),
    [CALL_FUNCTION] = CHUTES__FIELD("function"),
};

enum function_field { FUNCTION_NAME, FUNCTION_ARGUMENTS, FUNCTION_COUNT };

static const struct chutes__slice function_names[FUNCTION_COUNT] = {
    [FUNCTION_NAME] = CHUTES__FIELD("name"),
    [FUNCTION_ARGUMENTS] = CHUTES__FIELD("arguments"),
};

enum part_field { PART_TYPE, PART_TEXT, PART_COUNT };

static const struct chutes__slice part_names[PART_COUNT] = {
    [PART_TYPE] = CHUTES__FIELD("type"),
    [PART_TEXT] = CHUTES__FIELD("text"),
};

static void keep_text(struct chutes__json_value *kept,
                      const struct chutes__json_value *value)
{
    if (chutes__value_is_text(value)) {
        *kept = *value;
    }
}

static void read_function(struct chutes__json_reader *reader,
                          struct chutes__tool_delta *delta)
{
    struct chutes__json_value values[FUNCTION_COUNT];
    const struct chutes__json_value *arguments = &values[FUNCTION_ARGUMENTS];

    chutes__fields_read(function_names, FUNCTION_COUNT, reader, values);
    keep_text(&delta->name, &values[FUNCTION_NAME]);
    if (arguments->type == CHUTES__JSON_STRING ||
        arguments->type == CHUTES__JSON_OBJECT ||
        arguments->type == CHUTES__JSON_ARRAY) {
        delta->arguments = *arguments;
    }
}

static void read_call(struct chutes__json_reader *reader,
                      struct chutes__tool_delta *delta)
{
    struct chutes__fields fields = CHUTES__FIELDS(call_names);
    struct chutes__json_value values[CALL_COUNT] = {{0}};
    size_t field;

    memset(delta, 0, sizeof(*delta));
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        if (field == CALL_FUNCTION) {
            read_function(reader, delta);
        } else {
            chutes__json_read(reader, &values[field]);
        }
    }
    keep_text(&delta->id, &values[CALL_ID]);
    keep_text(&delta->type, &values[CALL_TYPE]);
    delta->has_index =
        chutes__json_to_int64(&values[CALL_INDEX], &delta->index);
    if (delta->index == -1) {
        delta->index = 0;
    }
}

bool chutes__tool_delta_next(struct chutes__json_reader *reader,
                             struct chutes__tool_delta *delta)
{
    while (chutes__json_next_element(reader)) {
        if (chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            read_call(reader, delta);
            return true;
        }
        chutes__json_skip(reader);
    }
    return false;
}

static chutes_status append_part(struct chutes__json_reader *reader,
                                 struct chutes__buf *buf)
{
    struct chutes__json_value values[PART_COUNT];

    if (!chutes__fields_read(part_names, PART_COUNT, reader, values) ||
        values[PART_TYPE].type != CHUTES__JSON_STRING ||
        !chutes__json_key_is(&values[PART_TYPE], "text") ||
        values[PART_TEXT].type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    return chutes__json_append_string(&values[PART_TEXT], buf);
}

chutes_status
chutes__chunk_append_text(const struct chutes__json_value *content,
                          struct chutes__buf *buf)
{
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    if (content->type == CHUTES__JSON_STRING) {
        return chutes__json_append_string(content, buf);
    }
    if (content->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    chutes__elements_open(&reader, content->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        status = append_part(&reader, buf);
    }
    return status;
}
