/* SPDX-License-Identifier: MIT */
/* Parses the top level of a chunk or of a whole answer. Most members are stored
 * only at the end, when the whole text is known to be valid. */
#include "codec/chunk.h"

#include "base/mem.h"
#include "codec/api_error.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

#include <string.h>

enum top_field {
    TOP_ID,
    TOP_OBJECT,
    TOP_CREATED,
    TOP_MODEL,
    TOP_CHOICES,
    TOP_USAGE,
    TOP_ERROR,
    TOP_DETAIL,
    TOP_ERRORS,
    TOP_BASE_RESP,
    TOP_X_GROQ,
    TOP_PADDING,
    TOP_TYPE,
    TOP_TOOL_CALLS,
    TOP_COUNT
};

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_ID] = CHUTES__FIELD("id"),
    [TOP_OBJECT] = CHUTES__FIELD("object"),
    [TOP_CREATED] = CHUTES__FIELD("created"),
    [TOP_MODEL] = CHUTES__FIELD("model"),
    [TOP_CHOICES] = CHUTES__FIELD("choices"),
    [TOP_USAGE] = CHUTES__FIELD("usage"),
    [TOP_ERROR] = CHUTES__FIELD("error"),
    [TOP_DETAIL] = CHUTES__FIELD("detail"),
    [TOP_ERRORS] = CHUTES__FIELD("errors"),
    [TOP_BASE_RESP] = CHUTES__FIELD("base_resp"),
    [TOP_X_GROQ] = CHUTES__FIELD("x_groq"),
    [TOP_PADDING] = CHUTES__FIELD("obfuscation"),
    [TOP_TYPE] = CHUTES__FIELD("type"),
    [TOP_TOOL_CALLS] = CHUTES__FIELD("tool_calls"),
};

void chutes__chunk_init(struct chutes__chunk *chunk, size_t max_choices)
{
    memset(chunk, 0, sizeof(*chunk));
    chunk->max_choices = max_choices;
}

void chutes__chunk_dispose(struct chutes__chunk *chunk)
{
    chutes__mem_free(chunk->choices);
    chutes__chunk_init(chunk, chunk->max_choices);
}

/* This runs for every chunk, so instead of a memset() it clears only what is
 * read: an absent value is recognized by its type alone. It keeps the memory of
 * the choices. */
void chutes__chunk_reset(struct chutes__chunk *chunk)
{
    chunk->id.type = CHUTES__JSON_NONE;
    chunk->model.type = CHUTES__JSON_NONE;
    chunk->created.type = CHUTES__JSON_NONE;
    chunk->padding.type = CHUTES__JSON_NONE;
    chunk->is_object = false;
    chunk->is_error = false;
    chunk->has_choices = false;
    chunk->hides_text = false;
    chunk->hints_at_text = false;
    chunk->has_usage = false;
    chunk->is_usage_odd = false;
    chunk->usage_text.type = CHUTES__JSON_NONE;
    chutes__fields_clear(chunk->usage_counts, CHUTES__USAGE_COUNTS);
    chunk->choice_count = 0;
    chunk->fault = NULL;
    chunk->fault_at = 0;
    chunk->is_deep = false;
}

/* Skips an element that is not an object, but may still hold text. */
static void skip_choice(struct chutes__chunk *chunk,
                        struct chutes__json_reader *reader)
{
    const char *begin = reader->at;

    chutes__json_skip(reader);
    if (chutes__chunk_carries_text(begin, (size_t)(reader->at - begin),
                                   CHUTES__CHUNK_IN_EVENT)) {
        chunk->hides_text = true;
    }
}

static chutes_status read_choices(struct chutes__chunk *chunk,
                                  struct chutes__json_reader *reader)
{
    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        chutes__json_skip(reader);
        return CHUTES_OK;
    }
    chunk->has_choices = true;
    chutes__json_enter_array(reader);
    while (chutes__json_next_element(reader)) {
        chutes_status status;

        if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
            skip_choice(chunk, reader);
            continue;
        }
        status = chutes__chunk_read_choice(chunk, reader);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

int64_t chutes__chunk_created(const struct chutes__chunk *chunk)
{
    int64_t created;
    double seconds;

    if (chutes__json_to_int64(&chunk->created, &created)) {
        return created;
    }
    /* Some servers send fractions of a second. */
    if (chutes__json_to_double(&chunk->created, &seconds) && seconds >= 0 &&
        seconds < (double)INT64_MAX) {
        return (int64_t)seconds;
    }
    return 0; /* also if it is NaN */
}

/* The usage of the chunk replaces that of a choice unless it is empty. */
static void read_own_usage(struct chutes__chunk *chunk,
                           struct chutes__json_reader *reader)
{
    bool is_object = chutes__json_peek(reader) == CHUTES__JSON_OBJECT;
    const char *at = reader->at;

    chutes__chunk_read_usage(chunk, reader);
    if (is_object) {
        chunk->usage_text = (struct chutes__json_value){
            CHUTES__JSON_OBJECT, false, {at, (size_t)(reader->at - at)}};
    }
}

/* Reads usage from where Groq sends it. */
static void read_groq(struct chutes__chunk *chunk,
                      const struct chutes__json_value *groq)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("usage")};
    struct chutes__json_value usage;

    if (!chunk->has_usage && chutes__fields_of(groq, names, 1, &usage)) {
        chunk->has_usage =
            chutes__usage_read(&usage, &chunk->usage, &chunk->is_usage_odd);
    }
}

static chutes_status read_top(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader,
                              struct chutes__json_value *values)
{
    struct chutes__fields fields = CHUTES__FIELDS(TOP_NAMES);
    chutes_status status = CHUTES_OK;
    size_t field;

    chutes__json_enter_object(reader);
    while (status == CHUTES_OK &&
           chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case TOP_CHOICES:
            status = read_choices(chunk, reader);
            break;
        case TOP_USAGE:
            read_own_usage(chunk, reader);
            break;
        default:
            chutes__json_read(reader, &values[field]);
            break;
        }
    }
    return status;
}

static void keep_typed(struct chutes__json_value *kept,
                       const struct chutes__json_value *value,
                       enum chutes__json_type type)
{
    if (value->type == type) {
        *kept = *value;
    }
}

/* Returns true if the chunk has calls outside of its choices, and none in
 * them. */
static bool hides_calls(const struct chutes__chunk *chunk,
                        const struct chutes__json_value *values)
{
    const struct chutes__json_value *calls = &values[TOP_TOOL_CALLS];
    bool is_hidden =
        calls->type > CHUTES__JSON_STRING && chutes__value_is_truthy(calls);

    for (size_t i = 0; i < chunk->choice_count && is_hidden; i++) {
        is_hidden = !chutes__chunk_has_call(&chunk->choices[i]);
    }
    return is_hidden;
}

static void keep_top(struct chutes__chunk *chunk,
                     const struct chutes__json_value *values)
{
    keep_typed(&chunk->id, &values[TOP_ID], CHUTES__JSON_STRING);
    keep_typed(&chunk->model, &values[TOP_MODEL], CHUTES__JSON_STRING);
    keep_typed(&chunk->created, &values[TOP_CREATED], CHUTES__JSON_NUMBER);
    keep_typed(&chunk->padding, &values[TOP_PADDING], CHUTES__JSON_STRING);
    read_groq(chunk, &values[TOP_X_GROQ]);
    chunk->hides_text = chunk->hides_text || hides_calls(chunk, values);
    chunk->is_error = chutes__value_tells_error(&(struct chutes__error_signs){
        &values[TOP_ERROR], &values[TOP_OBJECT], &values[TOP_TYPE],
        &values[TOP_DETAIL], &values[TOP_ERRORS], &values[TOP_BASE_RESP],
        &values[TOP_X_GROQ], chunk->has_choices});
}

chutes_status chutes__chunk_parse(struct chutes__chunk *chunk, const char *text,
                                  size_t len, size_t max_depth)
{
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_value other = {0};
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__chunk_reset(chunk);
    chutes__fields_clear(values, TOP_COUNT);
    chutes__json_init_lenient(&reader, text, len, max_depth);
    reader.room = chunk->room;
    chunk->is_object = chutes__json_peek(&reader) == CHUTES__JSON_OBJECT;
    if (chunk->is_object) {
        status = read_top(chunk, &reader, values);
    } else {
        chutes__json_read(&reader, &other);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    if (!chutes__json_finish(&reader)) {
        chunk->fault = reader.fault;
        chunk->fault_at = reader.fault_at;
        chunk->is_deep = reader.is_deep;
        return reader.is_deep ? CHUTES_ERR_TOO_LARGE : CHUTES_ERR_PROTOCOL;
    }
    keep_top(chunk, values);
    if (!chunk->is_object) {
        chunk->is_error = chutes__api_error_is(&other);
    }
    return CHUTES_OK;
}
