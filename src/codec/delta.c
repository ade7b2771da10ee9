/* SPDX-License-Identifier: MIT */
/* Reads the tool calls of a delta, in the usual form and in those of servers
 * that write the name and arguments elsewhere. */
#include "codec/chunk.h"
#include "codec/fields.h"
#include "codec/value.h"
#include "json/call_members.h"

#include <string.h>

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
        [FUNCTION_NAME] =
            values[CHUTES__CALL_MEMBER_FUNCTION].type == CHUTES__JSON_STRING
                ? values[CHUTES__CALL_MEMBER_FUNCTION]
                : values[CHUTES__CALL_MEMBER_NAME],
        [FUNCTION_ARGUMENTS] = values[CHUTES__CALL_MEMBER_ARGUMENTS],
        [FUNCTION_INPUT] = values[CHUTES__CALL_MEMBER_INPUT],
        [FUNCTION_ARGS] = values[CHUTES__CALL_MEMBER_ARGS],
        [FUNCTION_PARAMETERS] = values[CHUTES__CALL_MEMBER_PARAMETERS],
    };

    if (delta->name.type == CHUTES__JSON_NONE &&
        delta->arguments.type == CHUTES__JSON_NONE) {
        keep_function(delta, function);
    }
}

/* Keeps the text of a call with an unknown member, unless all of those are
 * null, as LiteLLM sends them. */
static void keep_extra(struct chutes__tool_delta *delta,
                       struct chutes__slice call)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;

    chutes__json_init_lenient(&reader, call.data, call.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    if (chutes__json_next_other(&reader, &chutes__call_names, &key, &value)) {
        delta->extra =
            (struct chutes__json_value){CHUTES__JSON_OBJECT, false, call};
    }
}

static void read_call(struct chutes__json_reader *reader,
                      struct chutes__tool_delta *delta)
{
    struct chutes__fields fields = CHUTES__FIELDS(chutes__call_members);
    struct chutes__json_value values[CHUTES__CALL_MEMBERS] = {{0}};
    struct chutes__json_value function[FUNCTION_COUNT];
    const char *begin = reader->at;
    size_t field;

    memset(delta, 0, sizeof(*delta));
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        if ((field == CHUTES__CALL_MEMBER_FUNCTION ||
             field == CHUTES__CALL_MEMBER_CUSTOM) &&
            chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
            chutes__fields_read(FUNCTION_NAMES, FUNCTION_COUNT, reader,
                                function);
            keep_function(delta, function);
        } else {
            chutes__json_read(reader, &values[field]);
        }
    }
    if (chutes__value_is_json_text(&values[CHUTES__CALL_MEMBER_FUNCTION]) ||
        chutes__value_is_json_text(&values[CHUTES__CALL_MEMBER_CUSTOM])) {
        *delta = (struct chutes__tool_delta){.is_unknown = true};
        return;
    }
    keep_flat(delta, values);
    keep_text(&delta->id, &values[CHUTES__CALL_MEMBER_ID]);
    keep_text(&delta->type, &values[CHUTES__CALL_MEMBER_TYPE]);
    delta->has_index = chutes__json_to_int64_lenient(
        &values[CHUTES__CALL_MEMBER_INDEX], &delta->index);
    /* Some servers, such as Bedrock, send -1. */
    if (delta->index == -1) {
        delta->index = 0;
    }
    if (fields.has_others && reader->fault == NULL) {
        keep_extra(delta,
                   (struct chutes__slice){begin, (size_t)(reader->at - begin)});
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
