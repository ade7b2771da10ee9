/* SPDX-License-Identifier: MIT */
/* Reads the text of a `content` or `reasoning`, which may be a string or a list
 * of parts. */
#include "base/count.h"
#include "base/slice.h"
#include "codec/chunk.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/value.h"

#include <string.h>

enum part_field {
    PART_TYPE,
    PART_TEXT, /* the first of those that may hold the text, in this order */
    PART_OUTPUT_TEXT,
    PART_VALUE,
    PART_CONTENT,
    PART_THINKING,
    PART_REASONING,
    PART_SUMMARY,
    PART_COUNT
};

static const struct chutes__slice PART_NAMES[PART_COUNT] = {
    [PART_TYPE] = CHUTES__FIELD("type"),
    [PART_TEXT] = CHUTES__FIELD("text"),
    [PART_OUTPUT_TEXT] = CHUTES__FIELD("output_text"),
    [PART_VALUE] = CHUTES__FIELD("value"),
    [PART_CONTENT] = CHUTES__FIELD("content"),
    [PART_THINKING] = CHUTES__FIELD("thinking"),
    [PART_REASONING] = CHUTES__FIELD("reasoning"),
    [PART_SUMMARY] = CHUTES__FIELD("summary"),
};

/* ---- lists of parts ------------------------------------------------------ */

/* "thinking", "reasoning", "reasoning.text", "summary_text" and the like. */
static bool is_thought(const struct chutes__json_value *values)
{
    static const char *const beginnings[] = {"think", "thought", "reason",
                                             "summary"};

    for (size_t i = 0; i < CHUTES__COUNT(beginnings); i++) {
        if (values[PART_TYPE].type == CHUTES__JSON_STRING &&
            chutes__slice_starts_with_nocase(values[PART_TYPE].text,
                                             beginnings[i])) {
            return true;
        }
    }
    return false;
}

/* A part of an unknown type counts as text if it has a `text`. */
static bool is_wanted(const struct chutes__json_value *values,
                      enum chutes__chunk_text wanted)
{
    switch (wanted) {
    case CHUTES__CHUNK_TEXT:
        return !is_thought(values);
    case CHUTES__CHUNK_THOUGHT:
        return is_thought(values);
    case CHUTES__CHUNK_REASONING:
        break;
    }
    return true;
}

/* Returns true if this member holds text in parts of this type: `content` may
 * be the result of a tool in others, and `summary` that of a search. */
static bool may_hold_text(const struct chutes__json_value *values,
                          enum part_field field, enum chutes__chunk_text wanted)
{
    if (field >= PART_THINKING) {
        return is_thought(values) || wanted == CHUTES__CHUNK_REASONING;
    }
    return field == PART_TEXT || is_thought(values) ||
           values[PART_TYPE].type != CHUTES__JSON_STRING ||
           chutes__slice_find_nocase(values[PART_TYPE].text, "text") != NULL;
}

/* Returns true if all elements are objects with a `type` or a `text`. */
static bool is_list_of_parts(struct chutes__slice array)
{
    struct chutes__json_value values[PART_COUNT];
    struct chutes__json_reader reader;

    chutes__elements_open(&reader, array);
    while (chutes__json_next_element(&reader)) {
        if (!chutes__fields_read(PART_NAMES, PART_COUNT, &reader, values) ||
            (values[PART_TYPE].type != CHUTES__JSON_STRING &&
             values[PART_TEXT].type != CHUTES__JSON_STRING)) {
            return false;
        }
    }
    return true;
}

/* Appends the text of strings or parts within a part:
 * [{"type":"text","text":"…"}]. */
static chutes_status append_inner(const struct chutes__json_value *list,
                                  struct chutes__json_half *half,
                                  struct chutes__buf *buf)
{
    struct chutes__json_value values[PART_COUNT];
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__elements_open(&reader, list->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        if (chutes__json_peek(&reader) == CHUTES__JSON_STRING) {
            chutes__json_read(&reader, &values[PART_TEXT]);
        } else {
            chutes__fields_read(PART_NAMES, PART_COUNT, &reader, values);
        }
        if (values[PART_TEXT].type == CHUTES__JSON_STRING) {
            status = chutes__json_append_piece(&values[PART_TEXT], half, buf);
        }
    }
    return status;
}

/* Appends {"value":"…"}, or any other object as its JSON text. */
static chutes_status append_object(const struct chutes__json_value *object,
                                   struct chutes__json_half *half,
                                   struct chutes__buf *buf)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("value")};
    struct chutes__json_value value;

    chutes__fields_of(object, names, 1, &value);
    return value.type == CHUTES__JSON_STRING
               ? chutes__json_append_piece(&value, half, buf)
               : chutes__json_append_other(object->text, half, buf);
}

static chutes_status append_member(const struct chutes__json_value *member,
                                   struct chutes__json_half *half,
                                   struct chutes__buf *buf)
{
    switch (member->type) {
    case CHUTES__JSON_STRING:
        return chutes__json_append_piece(member, half, buf);
    case CHUTES__JSON_ARRAY:
        return append_inner(member, half, buf);
    case CHUTES__JSON_OBJECT:
        return append_object(member, half, buf);
    default:
        return CHUTES_OK;
    }
}

static chutes_status append_part(const struct chutes__json_value *values,
                                 enum chutes__chunk_text wanted,
                                 struct chutes__json_half *half,
                                 struct chutes__buf *buf)
{
    const struct chutes__json_half old = *half;
    size_t before = buf->len;
    chutes_status status = CHUTES_OK;

    /* Half of a character counts as text of the part that contains it. */
    for (size_t i = PART_TEXT;
         i < PART_COUNT && status == CHUTES_OK && buf->len == before &&
         half->high == old.high && half->count == old.count;
         i++) {
        if (may_hold_text(values, (enum part_field)i, wanted)) {
            status = append_member(&values[i], half, buf);
        }
    }
    return status;
}

static chutes_status append_parts(const struct chutes__json_value *list,
                                  enum chutes__chunk_text wanted,
                                  struct chutes__json_half *half,
                                  struct chutes__buf *buf)
{
    struct chutes__json_value values[PART_COUNT];
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__elements_open(&reader, list->text);
    while (status == CHUTES_OK && chutes__json_next_element(&reader)) {
        chutes__fields_read(PART_NAMES, PART_COUNT, &reader, values);
        if (is_wanted(values, wanted)) {
            status = append_part(values, wanted, half, buf);
        }
    }
    return status;
}

chutes_status chutes__chunk_append_text(const struct chutes__json_value *value,
                                        enum chutes__chunk_text wanted,
                                        struct chutes__json_half *half,
                                        struct chutes__buf *buf)
{
    if (value->type == CHUTES__JSON_NONE || value->type == CHUTES__JSON_NULL) {
        return CHUTES_OK;
    }
    if (value->type == CHUTES__JSON_ARRAY && is_list_of_parts(value->text)) {
        return append_parts(value, wanted, half, buf);
    }
    if (wanted == CHUTES__CHUNK_THOUGHT) {
        return CHUTES_OK;
    }
    if (value->type == CHUTES__JSON_STRING) {
        return chutes__json_append_piece(value, half, buf);
    }
    return chutes__json_append_other(value->text, half, buf);
}

/* ---- parts that are not read --------------------------------------------- */

static bool is_one_of(const struct chutes__json_value *type,
                      const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (type->type == CHUTES__JSON_STRING &&
            chutes__slice_is_nocase(type->text, names[i])) {
            return true;
        }
    }
    return false;
}

/* Parts of other types, such as the result of a tool that the server ran, are
 * not missing from the answer. */
static bool is_hidden(const struct chutes__json_value *values,
                      struct chutes__slice part)
{
    static const char *const calls[] = {"tool_use", "tool_call",
                                        "function_call"};
    static const char *const texts[] = {"message", "refusal"};
    const struct chutes__json_value *type = &values[PART_TYPE];

    return is_one_of(type, calls, CHUTES__COUNT(calls)) ||
           (is_one_of(type, texts, CHUTES__COUNT(texts)) &&
            !chutes__value_is_text(&values[PART_TEXT]) &&
            chutes__chunk_carries_text(part.data, part.len,
                                       CHUTES__CHUNK_IN_EVENT));
}

bool chutes__chunk_hides_part(const struct chutes__json_value *content)
{
    struct chutes__json_value values[PART_COUNT];
    struct chutes__json_reader reader;
    bool is_found = false;

    if (content->type != CHUTES__JSON_ARRAY ||
        !is_list_of_parts(content->text)) {
        return false;
    }
    chutes__elements_open(&reader, content->text);
    while (!is_found && chutes__json_next_element(&reader)) {
        const char *begin = reader.at;

        chutes__fields_read(PART_NAMES, PART_COUNT, &reader, values);
        is_found = is_hidden(
            values, (struct chutes__slice){begin, (size_t)(reader.at - begin)});
    }
    return is_found;
}
