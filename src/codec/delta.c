/* SPDX-License-Identifier: MIT */
/* Reads the tool calls of a delta, in the usual form and in those of servers
 * that write the name and arguments elsewhere. */
#include "codec/chunk.h"
#include "codec/fields.h"
#include "codec/value.h"

#include <string.h>

enum call_field {
    CALL_INDEX,
    CALL_ID,
    CALL_TYPE,
    CALL_FUNCTION,
    CALL_CUSTOM,
    CALL_NAME, /* from servers that send no `function` */
    CALL_ARGUMENTS,
    CALL_INPUT,
    CALL_ARGS,
    CALL_PARAMETERS,
    CALL_COUNT
};

static const struct chutes__slice CALL_NAMES[CALL_COUNT] = {
    [CALL_INDEX] = CHUTES__FIELD("index"),
    [CALL_ID] = CHUTES__FIELD("id"),
    [CALL_TYPE] = CHUTES__FIELD("type"),
    [CALL_FUNCTION] = CHUTES__FIELD("function"),
    [CALL_CUSTOM] = CHUTES__FIELD("custom"),
    [CALL_NAME] = CHUTES__FIELD("name"),
    [CALL_ARGUMENTS] = CHUTES__FIELD("arguments"),
    [CALL_INPUT] = CHUTES__FIELD("input"),
    [CALL_ARGS] = CHUTES__FIELD("args"),
    [CALL_PARAMETERS] = CHUTES__FIELD("parameters"),
};

/* `input` holds the plain text of a tool of type "custom". Some servers use it,
 * or another name, for any arguments. */
enum function_field {
    FUNCTION_NAME,
    FUNCTION_ARGUMENTS,
    FUNCTION_INPUT,
    FUNCTION_ARGS,
    FUNCTION_PARAMETERS,
    FUNCTION_COUNT
};

static const struct chutes__slice FUNCTION_NAMES[FUNCTION_COUNT] = {
    [FUNCTION_NAME] = CHUTES__FIELD("name"),
    [FUNCTION_ARGUMENTS] = CHUTES__FIELD("arguments"),
    [FUNCTION_INPUT] = CHUTES__FIELD("input"),
    [FUNCTION_ARGS] = CHUTES__FIELD("args"),
    [FUNCTION_PARAMETERS] = CHUTES__FIELD("parameters"),
};

/* A number counts as its digits, because some servers number their ids. */
static void keep_text(struct chutes__json_value *kept,
                      const struct chutes__json_value *value)
{
    if (chutes__value_is_word(value)) {
        *kept = *value;
    } else if (value->type == CHUTES__JSON_NUMBER) {
        *kept =
            (struct chutes__json_value){CHUTES__JSON_STRING, true, value->text};
    }
}

static void keep_function(struct chutes__tool_delta *delta,
                          const struct chutes__json_value *values)
{
    size_t field = FUNCTION_ARGUMENTS;

    keep_text(&delta->name, &values[FUNCTION_NAME]);
    while (field < FUNCTION_COUNT && values[field].type <= CHUTES__JSON_NULL) {
        field++;
    }
    if (field < FUNCTION_COUNT) {
        delta->arguments = values[field];
    }
}

bool chutes__tool_delta_of_function(const struct chutes__json_value *function,
                                    struct chutes__tool_delta *delta)
{
    struct chutes__json_value values[FUNCTION_COUNT];

    memset(delta, 0, sizeof(*delta));
    if (!chutes__fields_of(function, FUNCTION_NAMES, FUNCTION_COUNT, values)) {
        return false;
    }
    delta->has_index = true;
    keep_function(delta, values);
    return true;
}

/* Workers AI writes the name and arguments into the call itself. Others write
 * the name as the function. */
static void keep_flat(struct chutes__tool_delta *delta,
                      const struct chutes__json_value *values)
{
    const struct chutes__json_value function[FUNCTION_COUNT] = {
        [FUNCTION_NAME] = values[CALL_FUNCTION].type == CHUTES__JSON_STRING
                              ? values[CALL_FUNCTION]
                              : values[CALL_NAME],
        [FUNCTION_ARGUMENTS] = values[CALL_ARGUMENTS],
        [FUNCTION_INPUT] = values[CALL_INPUT],
        [FUNCTION_ARGS] = values[CALL_ARGS],
        [FUNCTION_PARAMETERS] = values[CALL_PARAMETERS],
    };

    if (delta->name.type == CHUTES__JSON_NONE &&
        delta->arguments.type == CHUTES__JSON_NONE) {
        keep_function(delta, function);
    }
}

static void read_call(struct chutes__json_reader *reader,
                      struct chutes__tool_delta *delta)
{
    struct chutes__fields fields = CHUTES__FIELDS(CALL_NAMES);
    struct chutes__json_value values[CALL_COUNT] = {{0}};
    struct chutes__json_value function[FUNCTION_COUNT];
    size_t field;

    memset(delta, 0, sizeof(*delta));
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        if ((field == CALL_FUNCTION || field == CALL_CUSTOM) &&
            chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            chutes__fields_read(FUNCTION_NAMES, FUNCTION_COUNT, reader,
                                function);
            keep_function(delta, function);
        } else {
            chutes__json_read(reader, &values[field]);
        }
    }
    if (chutes__value_is_json_text(&values[CALL_FUNCTION]) ||
        chutes__value_is_json_text(&values[CALL_CUSTOM])) {
        *delta = (struct chutes__tool_delta){.is_unknown = true};
        return;
    }
    keep_flat(delta, values);
    keep_text(&delta->id, &values[CALL_ID]);
    keep_text(&delta->type, &values[CALL_TYPE]);
    delta->has_index =
        chutes__json_to_int64_lenient(&values[CALL_INDEX], &delta->index);
    /* Some servers, such as Bedrock, send -1. */
    if (delta->index == -1) {
        delta->index = 0;
    }
}

void chutes__tool_delta_of_call(const struct chutes__json_value *call,
                                struct chutes__tool_delta *delta)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, call->text.data, call->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    (void)chutes__json_peek(&reader);
    read_call(&reader, delta);
}

/* Returns true if the element may be a call in a form that is not known: JSON
 * in a string, or a list. */
static bool may_be_call(const struct chutes__json_value *element)
{
    return element->type == CHUTES__JSON_STRING
               ? element->text.len > 2
               : element->type == CHUTES__JSON_ARRAY &&
                     chutes__value_is_truthy(element);
}

bool chutes__tool_delta_next(struct chutes__json_reader *reader,
                             struct chutes__tool_delta *delta)
{
    struct chutes__json_value element;

    while (chutes__json_next_element(reader)) {
        if (chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            read_call(reader, delta);
            return true;
        }
        chutes__json_read(reader, &element);
        if (may_be_call(&element)) {
            memset(delta, 0, sizeof(*delta));
            delta->is_unknown = true;
            return true;
        }
    }
    return false;
}
