/* SPDX-License-Identifier: MIT */
/* One choice of an answer: creates and frees its buffers, and applies and
 * reports the parts of a delta in their order. */
#include "chat/accumulated.h"

#include "base/count.h"
#include "base/mem.h"
#include "codec/fields.h"
#include "codec/value.h"

#include <stddef.h>

/* The longest error of a choice that is stored. A message has 512 bytes. */
enum { MAX_ERROR = 64 * 1024 };

/* ---- parts of a choice --------------------------------------------------- */

chutes_status
chutes__accumulated_add_logprobs(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__json_value *array)
{
    if (array->type != CHUTES__JSON_ARRAY || choice->calls.forgets ||
        !chutes__value_is_truthy(array)) {
        return CHUTES_OK;
    }
    if (array->text.len > chutes__accumulator_room(acc)) {
        return CHUTES_ERR_TOO_LARGE;
    }
    acc->text_len += array->text.len;
    return chutes__accumulator_reach_logprobs(acc) == NULL
               ? CHUTES_ERR_NO_MEMORY
               : chutes__logprobs_take(acc->logprobs, array->text,
                                       &choice->logprobs);
}

/* vLLM and SGLang name a stop string by its text and a stop token by its
 * number. */
static chutes_status add_stop_reason(struct chutes__accumulator *acc,
                                     struct chutes__buf *buf,
                                     const struct chutes__json_value *value)
{
    if (value->type != CHUTES__JSON_NUMBER) {
        return chutes__accumulated_replace(acc, buf, value);
    }
    chutes__buf_clear(buf);
    return chutes__buf_append(buf, value->text.data, value->text.len);
}

/* Stores the error as an object for chutes__api_error_walk(). If the error is
 * longer than any message, stores "{"error":}": that is not JSON, so it yields
 * no message, but the choice still counts as failed. */
static chutes_status add_error(struct chutes__buf *buf,
                               const struct chutes__json_value *value)
{
    bool is_string = value->type == CHUTES__JSON_STRING;
    const char *quote = is_string ? "\"" : "";
    chutes_status status;

    if (value->type == CHUTES__JSON_NONE) {
        return CHUTES_OK;
    }
    chutes__buf_clear(buf);
    status = chutes__buf_append_str(buf, "{\"error\":");
    if (status == CHUTES_OK && value->text.len <= MAX_ERROR) {
        status = chutes__buf_append_str(buf, quote);
        if (status == CHUTES_OK) {
            status = chutes__buf_append(buf, value->text.data, value->text.len);
        }
        if (status == CHUTES_OK) {
            status = chutes__buf_append_str(buf, quote);
        }
    }
    return status == CHUTES_OK ? chutes__buf_append_str(buf, "}") : status;
}

/* Stores the reason without the blanks around it, which may be escaped. */
static chutes_status store_reason(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  struct chutes__json_value reason)
{
    chutes_status status = CHUTES_OK;

    if (!reason.plain) {
        chutes__buf_clear(&acc->scratch);
        status = chutes__json_append_string(&reason, &acc->scratch);
        reason.plain = true;
        reason.text = chutes__buf_slice(&acc->scratch);
    }
    reason.text = chutes__slice_trim(reason.text, CHUTES__BLANKS_JSON);
    return status == CHUTES_OK ? chutes__accumulated_replace(
                                     acc, &choice->finish_reason, &reason)
                               : status;
}

static chutes_status finish_choice(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   const struct chutes__chunk_choice *delta)
{
    chutes_chat_event event = {0};
    bool was_finished = choice->is_finished;
    chutes_status status;

    if (!chutes__value_is_word(&delta->finish_reason)) {
        return CHUTES_OK;
    }
    /* After an earlier finish_reason, this may not be the last one either, so
     * the rest of a character may still come. */
    status =
        choice->has_reason ? CHUTES_OK : chutes__accumulated_flush(acc, choice);
    choice->has_reason = true;
    if (status == CHUTES_OK) {
        status = store_reason(acc, choice, delta->finish_reason);
    }
    if (status == CHUTES_OK) {
        choice->is_finished = true;
        status = chutes__accumulated_end_calls(acc, choice,
                                               chutes__tool_slot_is_whole);
    }
    /* Some servers repeat the finish_reason. */
    if (status != CHUTES_OK || was_finished) {
        return status;
    }
    event.type = CHUTES_CHAT_EVENT_FINISH;
    event.choice_index = choice->index;
    event.finish_reason = choice->finish_reason.data;
    return chutes__accumulator_report(acc, &event);
}

/* Audio is reported but not stored: it is long, and the library doesn't need
 * it. */
static chutes_status report_audio(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *delta)
{
    static const struct chutes__slice names[] = {CHUTES__FIELD("data")};
    chutes_chat_event event = {.type = CHUTES_CHAT_EVENT_AUDIO,
                               .choice_index = choice->index};
    struct chutes__json_value data;
    chutes_status status = CHUTES_OK;

    if (acc->options.on_event == NULL || acc->at.is_snapshot ||
        !chutes__fields_of(&delta->audio, names, 1, &data)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(&acc->scratch);
    if (data.type == CHUTES__JSON_STRING) {
        status = chutes__json_append_string(&data, &acc->scratch);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    acc->saw_token = true;
    event.text = acc->scratch.data;
    event.text_len = acc->scratch.len;
    return chutes__accumulator_report(acc, &event);
}

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__accumulated_free(struct chutes__accumulated_choice *choice)
{
    chutes__buf_dispose(&choice->id);
    chutes__accumulated_start_dispose(&choice->start);
    chutes__buf_dispose(&choice->content.buf);
    chutes__buf_dispose(&choice->reasoning.buf);
    chutes__buf_dispose(&choice->refusal.buf);
    chutes__buf_dispose(&choice->role);
    chutes__buf_dispose(&choice->finish_reason);
    chutes__buf_dispose(&choice->stop_reason);
    chutes__buf_dispose(&choice->logprobs);
    chutes__buf_dispose(&choice->error);
    chutes__tool_calls_dispose(&choice->calls);
    chutes__mem_free(choice);
}

struct chutes__accumulated_choice *
chutes__accumulated_new(const struct chutes__accumulator *acc, int index)
{
    struct chutes__accumulated_choice *choice =
        chutes__mem_zalloc(sizeof(*choice));

    if (choice == NULL) {
        return NULL;
    }
    choice->index = index;
    choice->split.tags = acc->options.reasoning_tags;
    chutes__buf_init(&choice->id, SIZE_MAX);
    chutes__accumulated_start_init(&choice->start);
    chutes__buf_init(&choice->content.buf, SIZE_MAX);
    chutes__buf_init(&choice->reasoning.buf, SIZE_MAX);
    chutes__buf_init(&choice->refusal.buf, SIZE_MAX);
    chutes__buf_init(&choice->role, SIZE_MAX);
    chutes__buf_init(&choice->finish_reason, SIZE_MAX);
    chutes__buf_init(&choice->stop_reason, SIZE_MAX);
    chutes__buf_init(&choice->logprobs, SIZE_MAX);
    chutes__buf_init(&choice->error, SIZE_MAX);
    chutes__tool_calls_init(&choice->calls, acc->options.max_tool_calls, index);
    choice->calls.forgets = acc->options.forgets_text && !acc->is_whole;
    return choice;
}

void chutes__accumulated_start_init(struct chutes__accumulated_start *start)
{
    chutes__buf_init(&start->id, SIZE_MAX);
    chutes__buf_init(&start->role, SIZE_MAX);
    chutes__buf_init(&start->model, SIZE_MAX);
}

void chutes__accumulated_start_dispose(struct chutes__accumulated_start *start)
{
    chutes__buf_dispose(&start->id);
    chutes__buf_dispose(&start->role);
    chutes__buf_dispose(&start->model);
}

/* ---- deltas -------------------------------------------------------------- */

/* The parts of a delta that may cause events, in the order of the events. */
static const struct part {
    size_t value; /* offset of the value in the delta */
    chutes_status (*apply)(struct chutes__accumulator *acc,
                           struct chutes__accumulated_choice *choice,
                           const struct chutes__chunk_choice *delta);
} PARTS[] = {
    {offsetof(struct chutes__chunk_choice, reasoning),
     chutes__accumulated_add_reasoning},
    {offsetof(struct chutes__chunk_choice, content),
     chutes__accumulated_add_thought},
    {offsetof(struct chutes__chunk_choice, content),
     chutes__accumulated_add_content},
    {offsetof(struct chutes__chunk_choice, refusal),
     chutes__accumulated_add_refusal},
    {offsetof(struct chutes__chunk_choice, audio), report_audio},
    {offsetof(struct chutes__chunk_choice, tool_calls),
     chutes__accumulated_add_calls},
    {offsetof(struct chutes__chunk_choice, function_call),
     chutes__accumulated_add_function},
    {offsetof(struct chutes__chunk_choice, finish_reason), finish_choice},
};

enum { PART_COUNT = CHUTES__COUNT(PARTS) };

static const struct chutes__json_value *
value_of(const struct chutes__chunk_choice *delta, const struct part *part)
{
    return (
        const struct chutes__json_value *)(const void *)((const char *)delta +
                                                         part->value);
}

/* Returns the next part, from `part` on, that the delta has. */
static size_t find_part(const struct chutes__chunk_choice *delta, size_t part)
{
    while (part < PART_COUNT &&
           value_of(delta, &PARTS[part])->type <= CHUTES__JSON_NULL) {
        part++;
    }
    return part;
}

/* Returns true if the value, which is present, may cause an event. */
static bool may_report(const struct chutes__json_value *value)
{
    return value->type != CHUTES__JSON_STRING || value->text.len > 0;
}

static chutes_status begin_delta(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_choice *delta)
{
    chutes_status status =
        chutes__accumulated_replace(acc, &choice->role, &delta->role);

    acc->at.is_begun = true;
    acc->at.has_reasoning = false;
    acc->at.is_snapshot = delta->is_message && choice->has_deltas;
    acc->at.is_last =
        acc->at.is_snapshot && chutes__value_is_word(&delta->finish_reason);
    choice->calls.is_whole =
        acc->is_whole ||
        (delta->is_message && !choice->has_deltas && choice->calls.count == 0);
    choice->has_deltas = choice->has_deltas || delta->has_delta;
    if (status == CHUTES_OK && !acc->at.is_snapshot) {
        status = chutes__accumulated_add_logprobs(acc, choice,
                                                  &delta->logprobs_content);
    }
    if (status == CHUTES_OK) {
        status =
            add_stop_reason(acc, &choice->stop_reason, &delta->stop_reason);
    }
    if (status == CHUTES_OK) {
        status = add_error(&choice->error, &delta->error);
    }
    return status;
}

chutes_status chutes__accumulated_apply(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__chunk_choice *delta, bool *is_over)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = CHUTES_OK;

    *is_over = false;
    if (!at->is_begun) {
        status = begin_delta(acc, choice, delta);
    }
    at->part = find_part(delta, at->part);
    while (status == CHUTES_OK && at->part < PART_COUNT) {
        const struct part *part = &PARTS[at->part];

        /* After a pause, stop before the next part that may cause an event.
         * Parts that can't are applied now, which may avoid a resume just for
         * them. */
        if (acc->is_paused && may_report(value_of(delta, part))) {
            return CHUTES_OK;
        }
        status = part->apply(acc, choice, delta);
        /* A pause within the tool calls continues with the same part. */
        if (!at->is_in_calls) {
            at->part = find_part(delta, at->part + 1);
        }
    }
    at->part = 0;
    at->is_begun = false;
    *is_over = true;
    return status;
}

chutes_status chutes__accumulated_end(struct chutes__accumulator *acc,
                                      struct chutes__accumulated_choice *choice)
{
    chutes_status status;

    choice->is_ending = true;
    status = chutes__accumulated_flush(acc, choice);
    choice->is_ending = false;
    return status == CHUTES_OK
               ? chutes__accumulated_end_calls(
                     acc, choice, chutes__tool_slot_is_whole_at_last)
               : status;
}
