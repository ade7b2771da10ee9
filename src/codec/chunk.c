/* SPDX-License-Identifier: MIT */
#include "codec/chunk.h"

#include <string.h>

#include "base/mem.h"
#include "codec/api_error.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

enum { FIRST_CAPACITY = 4 };

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
    TOP_COUNT
};

static const struct chutes__slice top_names[TOP_COUNT] = {
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
};

enum choice_field {
    CHOICE_INDEX, /* in the order of streams: it is the fast one */
    CHOICE_DELTA,
    CHOICE_LOGPROBS,
    CHOICE_FINISH_REASON,
    CHOICE_STOP_REASON,
    CHOICE_MATCHED_STOP,
    CHOICE_MESSAGE,
    CHOICE_TEXT,
    CHOICE_COUNT
};

static const struct chutes__slice choice_names[CHOICE_COUNT] = {
    [CHOICE_INDEX] = CHUTES__FIELD("index"),
    [CHOICE_DELTA] = CHUTES__FIELD("delta"),
    [CHOICE_MESSAGE] = CHUTES__FIELD("message"),
    [CHOICE_TEXT] = CHUTES__FIELD("text"),
    [CHOICE_LOGPROBS] = CHUTES__FIELD("logprobs"),
    [CHOICE_FINISH_REASON] = CHUTES__FIELD("finish_reason"),
    [CHOICE_STOP_REASON] = CHUTES__FIELD("stop_reason"),
    [CHOICE_MATCHED_STOP] = CHUTES__FIELD("matched_stop"),
};

enum message_field {
    MESSAGE_ROLE,
    MESSAGE_CONTENT,
    MESSAGE_REASONING_CONTENT,
    MESSAGE_REASONING,
    MESSAGE_REFUSAL,
    MESSAGE_TOOL_CALLS,
    MESSAGE_COUNT
};

static const struct chutes__slice message_names[MESSAGE_COUNT] = {
    [MESSAGE_ROLE] = CHUTES__FIELD("role"),
    [MESSAGE_CONTENT] = CHUTES__FIELD("content"),
    [MESSAGE_REASONING_CONTENT] = CHUTES__FIELD("reasoning_content"),
    [MESSAGE_REASONING] = CHUTES__FIELD("reasoning"),
    [MESSAGE_REFUSAL] = CHUTES__FIELD("refusal"),
    [MESSAGE_TOOL_CALLS] = CHUTES__FIELD("tool_calls"),
};

static const struct chutes__json_value absent;

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

/* An absent value is known by its type alone. Writing nothing else is worth it:
 * clearing all of these for each chunk would cost as much as reading it. */
static void clear_values(struct chutes__json_value *values, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        values[i].type = CHUTES__JSON_NONE;
    }
}

/* Everything but the memory of the choices. */
void chutes__chunk_reset(struct chutes__chunk *chunk)
{
    chunk->id.type = CHUTES__JSON_NONE;
    chunk->model.type = CHUTES__JSON_NONE;
    chunk->created = 0;
    chunk->is_object = false;
    chunk->is_error = false;
    chunk->has_choices = false;
    chunk->has_usage = false;
    chunk->usage_text.data = NULL;
    chunk->choice_count = 0;
    chunk->fault = NULL;
    chunk->fault_at = 0;
}

static void reset_choice(struct chutes__chunk_choice *choice)
{
    choice->index = 0;
    choice->role.type = CHUTES__JSON_NONE;
    choice->content.type = CHUTES__JSON_NONE;
    choice->reasoning.type = CHUTES__JSON_NONE;
    choice->refusal.type = CHUTES__JSON_NONE;
    choice->tool_calls.type = CHUTES__JSON_NONE;
    choice->finish_reason.type = CHUTES__JSON_NONE;
    choice->stop_reason.type = CHUTES__JSON_NONE;
    choice->logprobs_content.type = CHUTES__JSON_NONE;
}

static chutes_status refuse(struct chutes__chunk *chunk, size_t at,
                            const char *fault)
{
    chunk->fault = fault;
    chunk->fault_at = at;
    return CHUTES_ERR_TOO_LARGE;
}

static const struct chutes__json_value *
prefer_set(const struct chutes__json_value *first,
           const struct chutes__json_value *second)
{
    return first->type != CHUTES__JSON_NONE && first->type != CHUTES__JSON_NULL
               ? first
               : second;
}

/* Straight into the choice, which is all NONE before. */
static bool read_message(struct chutes__json_reader *reader,
                         struct chutes__chunk_choice *choice)
{
    struct chutes__fields fields = CHUTES__FIELDS(message_names);
    struct chutes__json_value other = absent; /* the name of less weight */
    struct chutes__json_value *targets[MESSAGE_COUNT] = {
        [MESSAGE_ROLE] = &choice->role,
        [MESSAGE_CONTENT] = &choice->content,
        [MESSAGE_REASONING_CONTENT] = &choice->reasoning,
        [MESSAGE_REASONING] = &other,
        [MESSAGE_REFUSAL] = &choice->refusal,
        [MESSAGE_TOOL_CALLS] = &choice->tool_calls,
    };
    size_t field;

    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        chutes__json_skip(reader);
        return false;
    }
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        chutes__json_read(reader, targets[field]);
    }
    if (!chutes__value_is_text(&choice->reasoning)) {
        choice->reasoning = other;
    }
    return true;
}

static void forget_message(struct chutes__chunk_choice *choice)
{
    choice->role = absent;
    choice->content = absent;
    choice->reasoning = absent;
    choice->refusal = absent;
    choice->tool_calls = absent;
}

static void read_logprobs(struct chutes__json_reader *reader,
                          struct chutes__chunk_choice *choice)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("content")};
    struct chutes__json_value content;

    chutes__fields_read(names, 1, reader, &content);
    if (content.type == CHUTES__JSON_ARRAY) {
        choice->logprobs_content = content;
    }
}

/* The members of a choice. What isn't stored in the choice at once is noted in
 * values. */
static void read_choice(struct chutes__json_reader *reader,
                        struct chutes__chunk_choice *choice,
                        struct chutes__json_value *values)
{
    struct chutes__fields fields = CHUTES__FIELDS(choice_names);
    bool has_delta = false;
    bool has_message = false;
    size_t field;

    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case CHOICE_DELTA:
            if (has_message &&
                chutes__json_peek(reader) == CHUTES__JSON_OBJECT) {
                forget_message(choice);
            }
            has_delta = read_message(reader, choice);
            break;
        case CHOICE_MESSAGE:
            if (has_delta) {
                chutes__json_skip(reader);
            } else {
                has_message = read_message(reader, choice);
            }
            break;
        case CHOICE_LOGPROBS:
            read_logprobs(reader, choice);
            break;
        default:
            chutes__json_read(reader, &values[field]);
            break;
        }
    }
    if (!has_delta && !has_message &&
        values[CHOICE_TEXT].type == CHUTES__JSON_STRING) {
        choice->content = values[CHOICE_TEXT];
    }
}

/* Missing, or of another type: 0. False when it is out of range. */
static bool read_index(const struct chutes__json_value *value,
                       size_t max_choices, int64_t *index)
{
    double number = 0;

    *index = 0;
    if (chutes__json_to_int64(value, index)) {
        if (*index == -1) {
            *index = 0;
        }
        return *index >= 0 && (uint64_t)*index < max_choices;
    }
    *index = 0;
    chutes__json_to_double(value, &number);
    return number > -1 && number < (double)max_choices;
}

chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
{
    if (chunk->choice_count == chunk->choice_capacity) {
        size_t capacity = chunk->choice_capacity == 0
                              ? FIRST_CAPACITY
                              : chunk->choice_capacity * 2;
        void *grown = chutes__mem_realloc(chunk->choices,
                                          capacity * sizeof(*chunk->choices));

        if (grown == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        chunk->choices = grown;
        chunk->choice_capacity = capacity;
    }
    *choice = &chunk->choices[chunk->choice_count++];
    reset_choice(*choice);
    return CHUTES_OK;
}

static chutes_status read_element(struct chutes__chunk *chunk,
                                  struct chutes__json_reader *reader)
{
    struct chutes__json_value values[CHOICE_COUNT];
    struct chutes__chunk_choice *choice = NULL;
    const struct chutes__json_value *index = &values[CHOICE_INDEX];
    const struct chutes__json_value *stop;
    chutes_status status;

    if (chunk->choice_count == chunk->max_choices) {
        return refuse(chunk, (size_t)(reader->at - reader->begin),
                      "choices: more than the limit");
    }
    clear_values(values, CHOICE_COUNT);
    status = chutes__chunk_add_choice(chunk, &choice);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__json_enter_object(reader);
    read_choice(reader, choice, values);
    if (!read_index(index, chunk->max_choices, &choice->index)) {
        return refuse(chunk, (size_t)(index->text.data - reader->begin),
                      "choices[].index: beyond the limit");
    }
    choice->finish_reason = values[CHOICE_FINISH_REASON];
    stop =
        prefer_set(&values[CHOICE_STOP_REASON], &values[CHOICE_MATCHED_STOP]);
    choice->stop_reason = stop->type == CHUTES__JSON_NULL ? absent : *stop;
    return CHUTES_OK;
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
            chutes__json_skip(reader);
            continue;
        }
        status = read_element(chunk, reader);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

static int64_t read_created(const struct chutes__json_value *value)
{
    int64_t created;
    double seconds;

    if (chutes__json_to_int64(value, &created)) {
        return created;
    }
    if (!chutes__json_to_double(value, &seconds) || seconds < 0 ||
        seconds >= (double)INT64_MAX) {
        return 0;
    }
    return (int64_t)seconds;
}

static void read_usage(struct chutes__chunk *chunk,
                       struct chutes__json_reader *reader)
{
    const char *at = reader->at;

    chunk->has_usage = chutes__usage_next(reader, &chunk->usage);
    chunk->usage_text = (struct chutes__slice){at, (size_t)(reader->at - at)};
}

static chutes_status read_top(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader,
                              struct chutes__json_value *values)
{
    struct chutes__fields fields = CHUTES__FIELDS(top_names);
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
            read_usage(chunk, reader);
            break;
        default:
            chutes__json_read(reader, &values[field]);
            break;
        }
    }
    return status;
}

static void keep_top(struct chutes__chunk *chunk,
                     const struct chutes__json_value *values)
{
    if (values[TOP_ID].type == CHUTES__JSON_STRING) {
        chunk->id = values[TOP_ID];
    }
    if (values[TOP_MODEL].type == CHUTES__JSON_STRING) {
        chunk->model = values[TOP_MODEL];
    }
    chunk->created = read_created(&values[TOP_CREATED]);
    chunk->is_error = chutes__value_tells_error(&(struct chutes__error_signs){
        &values[TOP_ERROR], &values[TOP_OBJECT], &values[TOP_DETAIL],
        &values[TOP_ERRORS], &values[TOP_BASE_RESP], chunk->has_choices});
}

chutes_status chutes__chunk_parse(struct chutes__chunk *chunk, const char *text,
                                  size_t len, size_t max_depth)
{
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_value other = {0};
    struct chutes__json_reader reader;
    chutes_status status = CHUTES_OK;

    chutes__chunk_reset(chunk);
    clear_values(values, TOP_COUNT);
    chutes__json_init(&reader, text, len, max_depth);
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
        return reader.is_deep ? CHUTES_ERR_TOO_LARGE : CHUTES_ERR_PROTOCOL;
    }
    keep_top(chunk, values);
    if (!chunk->is_object) {
        chunk->is_error = chutes__api_error_is(&other);
    }
    return CHUTES_OK;
}
