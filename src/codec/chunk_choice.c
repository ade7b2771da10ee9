/* SPDX-License-Identifier: MIT */
/* Parses one choice of a chunk. The file chunk_message.c reads the `delta` or
 * `message` in it. */
#include "codec/chunk.h"

#include "base/array.h"
#include "codec/chunk_message.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

#include <string.h>

enum choice_field {
    CHOICE_INDEX, /* in the order of most streams, for speed */
    CHOICE_DELTA,
    CHOICE_LOGPROBS,
    CHOICE_FINISH_REASON,
    CHOICE_STOP_REASON,
    CHOICE_MATCHED_STOP,
    CHOICE_MESSAGE,
    CHOICE_TEXT,
    CHOICE_USAGE,
    CHOICE_ERROR,
    CHOICE_TOOL_CALLS, /* from servers that don't send it in the delta */
    CHOICE_COUNT
};

static const struct chutes__slice CHOICE_NAMES[CHOICE_COUNT] = {
    [CHOICE_INDEX] = CHUTES__FIELD("index"),
    [CHOICE_DELTA] = CHUTES__FIELD("delta"),
    [CHOICE_MESSAGE] = CHUTES__FIELD("message"),
    [CHOICE_TEXT] = CHUTES__FIELD("text"),
    [CHOICE_LOGPROBS] = CHUTES__FIELD("logprobs"),
    [CHOICE_FINISH_REASON] = CHUTES__FIELD("finish_reason"),
    [CHOICE_STOP_REASON] = CHUTES__FIELD("stop_reason"),
    [CHOICE_MATCHED_STOP] = CHUTES__FIELD("matched_stop"),
    [CHOICE_USAGE] = CHUTES__FIELD("usage"),
    [CHOICE_ERROR] = CHUTES__FIELD("error"),
    [CHOICE_TOOL_CALLS] = CHUTES__FIELD("tool_calls"),
};

static const struct chutes__json_value ABSENT;

/* ---- empty choices ------------------------------------------------------- */

static void reset_choice(struct chutes__chunk_choice *choice)
{
    choice->index = 0;
    choice->has_index = false;
    choice->index_text.type = CHUTES__JSON_NONE;
    choice->is_message = false;
    choice->has_delta = false;
    chutes__chunk_clear_message(choice);
    choice->finish_reason.type = CHUTES__JSON_NONE;
    choice->stop_reason.type = CHUTES__JSON_NONE;
    choice->logprobs_content.type = CHUTES__JSON_NONE;
    choice->error.type = CHUTES__JSON_NONE;
}

chutes_status chutes__chunk_add_choice(struct chutes__chunk *chunk,
                                       struct chutes__chunk_choice **choice)
{
    if (!chutes__array_reserve(&chunk->choices, &chunk->choice_capacity,
                               chunk->choice_count + 1,
                               sizeof(*chunk->choices))) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *choice = &chunk->choices[chunk->choice_count++];
    reset_choice(*choice);
    return CHUTES_OK;
}

void chutes__chunk_read_usage(struct chutes__chunk *chunk,
                              struct chutes__json_reader *reader)
{
    struct chutes__json_value counts[CHUTES__USAGE_COUNTS];
    chutes_usage usage;
    bool is_odd;

    if (chutes__usage_next(reader, &usage, &is_odd, counts)) {
        chunk->has_usage = true;
        memcpy(chunk->usage_counts, counts, sizeof(counts));
        chunk->usage = usage;
        chunk->is_usage_odd = is_odd;
    }
}

/* ---- choices ------------------------------------------------------------- */

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

/* Reads usage from where Moonshot sends it. That of the chunk has
 * precedence. */
static void read_usage(struct chutes__chunk *chunk,
                       struct chutes__json_reader *reader)
{
    if (chunk->has_usage) {
        chutes__json_skip(reader);
    } else {
        chutes__chunk_read_usage(chunk, reader);
    }
}

/* Reads the members of a choice. Those that are not stored in the choice yet
 * are returned in `values`. */
static void read_members(struct chutes__chunk *chunk,
                         struct chutes__json_reader *reader,
                         struct chutes__chunk_choice *choice,
                         struct chutes__json_value *values)
{
    struct chutes__fields fields = CHUTES__FIELDS(CHOICE_NAMES);
    size_t field;

    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        switch (field) {
        case CHOICE_DELTA:
            chutes__chunk_read_delta(reader, choice);
            break;
        case CHOICE_MESSAGE:
            chutes__chunk_read_message(reader, choice);
            break;
        case CHOICE_LOGPROBS:
            read_logprobs(reader, choice);
            break;
        case CHOICE_USAGE:
            read_usage(chunk, reader);
            break;
        case CHOICE_TEXT:
            chutes__json_read_text(reader, &values[field]);
            break;
        default:
            chutes__json_read(reader, &values[field]);
            break;
        }
    }
}

/* An index that is missing, -1 or of another type becomes 0. One that doesn't
 * fit becomes INT32_MAX, so that the limit for choices rejects it. */
void chutes__chunk_number_choice(struct chutes__chunk_choice *choice)
{
    const struct chutes__json_value *text = &choice->index_text;
    double number = 0;

    if (text->type == CHUTES__JSON_NUMBER && text->text.len == 1) {
        choice->has_index = true; /* nearly always: one digit */
        choice->index = text->text.data[0] - '0';
        return;
    }
    if (chutes__json_to_int64_lenient(text, &choice->index)) {
        choice->has_index = choice->index >= 0;
        choice->index = choice->index == -1 ? 0 : choice->index;
        return;
    }
    chutes__json_to_double(text, &number);
    choice->index = number >= (double)INT32_MAX ? INT32_MAX : 0;
}

static const struct chutes__json_value *
prefer_set(const struct chutes__json_value *first,
           const struct chutes__json_value *second)
{
    return first->type != CHUTES__JSON_NONE && first->type != CHUTES__JSON_NULL
               ? first
               : second;
}

static void keep_values(struct chutes__chunk_choice *choice,
                        const struct chutes__json_value *values)
{
    const struct chutes__json_value *stop =
        prefer_set(&values[CHOICE_STOP_REASON], &values[CHOICE_MATCHED_STOP]);

    if (values[CHOICE_INDEX].type == CHUTES__JSON_NUMBER ||
        values[CHOICE_INDEX].type == CHUTES__JSON_STRING) {
        choice->index_text = values[CHOICE_INDEX];
    }
    chutes__chunk_number_choice(choice);
    choice->finish_reason = values[CHOICE_FINISH_REASON];
    choice->stop_reason = stop->type == CHUTES__JSON_NULL ? ABSENT : *stop;
    if (values[CHOICE_ERROR].type >= CHUTES__JSON_STRING &&
        chutes__value_is_error(&values[CHOICE_ERROR])) {
        choice->error = values[CHOICE_ERROR];
    }
    if (chutes__value_is_truthy(&values[CHOICE_TOOL_CALLS]) &&
        !chutes__chunk_has_call(choice)) {
        choice->tool_calls = values[CHOICE_TOOL_CALLS];
    }
    /* The older completions API has only this. It may repeat a call. The text
     * in a list is in an unknown form. */
    if (values[CHOICE_TEXT].type > CHUTES__JSON_NULL &&
        values[CHOICE_TEXT].type != CHUTES__JSON_ARRAY &&
        !chutes__chunk_has_call(choice)) {
        chutes__chunk_choose_text(choice, &values[CHOICE_TEXT]);
    }
}

chutes_status chutes__chunk_read_choice(struct chutes__chunk *chunk,
                                        struct chutes__json_reader *reader)
{
    struct chutes__json_value values[CHOICE_COUNT];
    struct chutes__chunk_choice *choice = NULL;
    const char *begin = reader->at;
    chutes_status status;

    if (chunk->choice_count == chunk->max_choices) {
        chunk->fault = "choices: more than the limit";
        chunk->fault_at = (size_t)(reader->at - reader->begin);
        return CHUTES_ERR_TOO_LARGE;
    }
    chutes__fields_clear(values, CHOICE_COUNT);
    status = chutes__chunk_add_choice(chunk, &choice);
    if (status != CHUTES_OK) {
        return status;
    }
    read_members(chunk, reader, choice, values);
    keep_values(choice, values);
    if (!chunk->hides_text && chutes__chunk_hides_part(&choice->content)) {
        chunk->hides_text = true;
    }
    /* A choice that seems empty may hold text in an unknown form. The search
     * reads its JSON once more, so other choices are not searched. */
    if (!chutes__chunk_says_something(choice) && !chunk->hides_text) {
        size_t len = (size_t)(reader->at - begin);

        chunk->hides_text =
            chutes__chunk_carries_text(begin, len, CHUTES__CHUNK_IN_EVENT);
        chunk->hints_at_text =
            chunk->hints_at_text || chutes__chunk_hints_at_text(begin, len);
    }
    return CHUTES_OK;
}
