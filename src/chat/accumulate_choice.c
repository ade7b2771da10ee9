/* SPDX-License-Identifier: MIT */
#include "chat/accumulate.h"

#include "base/mem.h"
#include "codec/value.h"

#include <stddef.h>

enum { ERROR_MAX = 64 * 1024 };

/* ---- events -------------------------------------------------------------- */

chutes_status chutes__accumulator_tell(struct chutes__accumulator *acc,
                                       chutes_chat_event *event)
{
    if (acc->options.on_event == NULL) {
        return CHUTES_OK;
    }
    if (event->text == NULL) {
        event->text = "";
    }
    event->raw_json = acc->raw.data;
    event->raw_len = acc->raw.len;
    acc->event_count++;
    return acc->options.on_event(event, acc->options.user_data) == 0
               ? CHUTES_OK
               : CHUTES_ERR_CANCELLED;
}

static chutes_status tell_call(struct chutes__accumulator *acc,
                               chutes_chat_event_type type, int choice_index,
                               const struct chutes__tool_slot *slot,
                               size_t text_at)
{
    chutes_tool_call call = chutes__tool_slot_describe(slot);
    chutes_chat_event event = {0};

    event.type = type;
    event.choice_index = choice_index;
    event.tool_call = &call;
    event.text = call.arguments + text_at;
    event.text_len = call.arguments_len - text_at;
    return chutes__accumulator_tell(acc, &event);
}

static chutes_status
tell_call_finished(struct chutes__accumulator *acc,
                   const struct chutes__accumulated_choice *choice,
                   struct chutes__tool_slot *slot)
{
    chutes_status status = chutes__tool_slot_complete(&choice->calls, slot);

    if (status != CHUTES_OK) {
        return status;
    }
    slot->is_told = true;
    if (choice->calls.forgets) {
        chutes__buf_clear(&slot->arguments);
    }
    return tell_call(acc, CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED, choice->index,
                     slot, slot->arguments.len);
}

/* ---- the end of tool calls ----------------------------------------------- */

bool chutes__accumulated_is_failed(
    const struct chutes__accumulated_choice *choice)
{
    return choice->error.len > 0 ||
           strcmp(choice->finish_reason.data, "abort") == 0 ||
           strcmp(choice->finish_reason.data, "error") == 0;
}

/* Did the model stop in the middle of what it was saying? */
static bool is_cut(const struct chutes__buf *finish_reason)
{
    return strcmp(finish_reason->data, "length") == 0 ||
           strcmp(finish_reason->data, "content_filter") == 0;
}

/* Tells of the calls that are `is_whole`, where the choice was cut. */
static chutes_status end_calls(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice,
                               bool (*is_whole)(struct chutes__tool_slot *slot))
{
    bool was_cut =
        is_cut(&choice->finish_reason) ||
        (!choice->is_finished && !acc->options.trusts_done && !acc->is_whole);
    chutes_status status = CHUTES_OK;
    size_t i;

    if (chutes__accumulated_is_failed(choice)) {
        return CHUTES_OK;
    }
    for (i = 0; i < choice->calls.count && status == CHUTES_OK; i++) {
        struct chutes__tool_slot *slot = choice->calls.slots[i];

        if (!slot->is_told && (!was_cut || is_whole(slot))) {
            status = tell_call_finished(acc, choice, slot);
        }
    }
    return status;
}

chutes_status chutes__accumulated_end(struct chutes__accumulator *acc,
                                      struct chutes__accumulated_choice *choice)
{
    chutes_status status = chutes__accumulated_flush(acc, choice);

    return status == CHUTES_OK
               ? end_calls(acc, choice, chutes__tool_slot_is_whole_at_last)
               : status;
}

/* ---- parts of a choice --------------------------------------------------- */

chutes_status
chutes__accumulated_replace(struct chutes__buf *buf,
                            const struct chutes__json_value *value)
{
    if (!chutes__value_is_text(value) ||
        chutes__json_key_is(value, buf->data)) {
        return CHUTES_OK;
    }
    chutes__buf_clear(buf);
    return chutes__json_append_string(value, buf);
}

chutes_status
chutes__accumulated_add_call(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice *choice,
                             const struct chutes__tool_delta *delta)
{
    struct chutes__tool_step step;
    chutes_status status = chutes__tool_calls_apply(
        &choice->calls, delta, chutes__accumulator_room(acc), &step);

    if (status != CHUTES_OK) {
        if (step.is_full) {
            acc->limit.option = "max_tool_calls";
            acc->limit.value = acc->options.max_tool_calls;
        }
        return status;
    }
    if (!choice->calls.forgets) {
        acc->text_len += step.grown;
    }
    chutes__accumulated_go_on(acc, choice);
    if (step.is_index_missing) {
        chutes__accumulator_warn(acc, CHUTES__WARN_TOOL_INDEX_MISSING);
    }
    if (step.is_index_reused) {
        chutes__accumulator_warn(acc, CHUTES__WARN_TOOL_INDEX_REUSED);
    }
    /* Calls may also be written in turns: one whose arguments are not whole yet
     * is left to the end of the choice. */
    if (step.ended != NULL && !step.ended->is_told && !choice->calls.forgets &&
        chutes__tool_slot_is_whole(step.ended)) {
        status = tell_call_finished(acc, choice, step.ended);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    return tell_call(acc, CHUTES_CHAT_EVENT_TOOL_CALL_DELTA, choice->index,
                     step.slot, step.text_at);
}

static bool says_nothing(const struct chutes__tool_delta *delta)
{
    return !delta->has_index && delta->id.type == CHUTES__JSON_NONE &&
           delta->type.type == CHUTES__JSON_NONE &&
           delta->name.type == CHUTES__JSON_NONE &&
           delta->arguments.type == CHUTES__JSON_NONE;
}

/* Goes on behind the elements that were applied before a pause. */
static void open_calls(struct chutes__accumulator *acc,
                       const struct chutes__json_value *array)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    struct chutes__tool_delta delta;

    if (at->is_in_calls) {
        return;
    }
    at->is_in_calls = true;
    chutes__json_init_lenient(&at->calls, array->text.data, array->text.len,
                              CHUTES__JSON_DEPTH_MAX);
    chutes__json_enter_array(&at->calls);
    for (size_t i = 0; i < at->call; i++) {
        (void)chutes__tool_delta_next(&at->calls, &delta);
    }
}

static bool is_last_call(const struct chutes__accumulator *acc)
{
    struct chutes__json_reader probe = acc->at.calls;
    struct chutes__tool_delta delta;

    return !chutes__tool_delta_next(&probe, &delta);
}

/* The element at `position` of the array. */
static chutes_status add_element(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__tool_delta *element,
                                 size_t position)
{
    const struct chutes__tool_slot *slot = NULL;

    if (acc->at.is_snapshot) {
        slot = chutes__tool_calls_find(&choice->calls, element, position);
    }
    return slot == NULL
               ? chutes__accumulated_add_call(acc, choice, element)
               : chutes__accumulated_add_call_news(acc, choice, slot, element);
}

/* Leaves the array, unless a pause left something of it. An object is the only
 * call. */
static chutes_status add_calls(struct chutes__accumulator *acc,
                               struct chutes__accumulated_choice *choice,
                               const struct chutes__chunk_choice *said)
{
    const struct chutes__json_value *array = &said->tool_calls;
    struct chutes__accumulator_cursor *at = &acc->at;
    struct chutes__tool_delta delta;
    chutes_status status = CHUTES_OK;

    if (array->type == CHUTES__JSON_OBJECT) {
        chutes__tool_delta_of_call(array, &delta);
        return says_nothing(&delta) ? CHUTES_OK
                                    : add_element(acc, choice, &delta, 0);
    }
    if (array->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    open_calls(acc, array);
    while (status == CHUTES_OK && chutes__tool_delta_next(&at->calls, &delta)) {
        at->call++;
        if (!says_nothing(&delta)) {
            status = add_element(acc, choice, &delta, at->call - 1);
        }
        if (acc->is_paused && !is_last_call(acc)) {
            return status;
        }
    }
    at->is_in_calls = false;
    at->call = 0;
    return status;
}

/* The older form, which has but one call. Servers that know both send both. */
static chutes_status add_function(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_choice *said)
{
    struct chutes__tool_delta delta;

    if (acc->at.is_snapshot ||
        (choice->calls.count > 0 && !choice->is_legacy) ||
        !chutes__tool_delta_of_function(&said->function_call, &delta)) {
        return CHUTES_OK;
    }
    choice->is_legacy = true;
    return delta.name.type == CHUTES__JSON_NONE &&
                   delta.arguments.type == CHUTES__JSON_NONE
               ? CHUTES_OK
               : chutes__accumulated_add_call(acc, choice, &delta);
}

/* `array`, "[…]", becomes the next elements of "[…,…". */
static chutes_status add_logprobs(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__json_value *array)
{
    struct chutes__buf *buf = &choice->logprobs;
    chutes_status status;

    if (array->type != CHUTES__JSON_ARRAY || choice->calls.forgets ||
        !chutes__value_is_truthy(array)) {
        return CHUTES_OK;
    }
    if (array->text.len > chutes__accumulator_room(acc)) {
        return CHUTES_ERR_TOO_LARGE;
    }
    acc->text_len += array->text.len;
    /* All or nothing: what is there must stay a list. */
    status = chutes__buf_reserve(buf, array->text.len);
    if (status == CHUTES_OK) {
        status = chutes__buf_append(buf, buf->len == 0 ? "[" : ",", 1);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__buf_append(buf, array->text.data + 1, array->text.len - 2);
}

static chutes_status add_stop_reason(struct chutes__buf *buf,
                                     const struct chutes__json_value *value)
{
    if (value->type != CHUTES__JSON_NUMBER) {
        return chutes__accumulated_replace(buf, value);
    }
    chutes__buf_clear(buf);
    return chutes__buf_append(buf, value->text.data, value->text.len);
}

/* What is longer than any message counts without its words. */
static chutes_status add_error(struct chutes__buf *buf,
                               const struct chutes__json_value *value)
{
    const bool is_string = value->type == CHUTES__JSON_STRING;
    const char *quote = is_string ? "\"" : "";
    chutes_status status;

    if (value->type == CHUTES__JSON_NONE) {
        return CHUTES_OK;
    }
    chutes__buf_clear(buf);
    status = chutes__buf_append_str(buf, "{\"error\":");
    if (status == CHUTES_OK && value->text.len <= ERROR_MAX) {
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

/* Servers in Python and others write their null as text, too. */
static bool is_reason(const struct chutes__json_value *value)
{
    return chutes__value_is_text(value) &&
           !chutes__json_key_is(value, "null") &&
           !chutes__json_key_is(value, "None");
}

static chutes_status finish_choice(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   const struct chutes__chunk_choice *said)
{
    const struct chutes__json_value *reason = &said->finish_reason;
    chutes_chat_event event = {0};
    bool was_finished = choice->is_finished;
    chutes_status status;

    if (!is_reason(reason)) {
        return CHUTES_OK;
    }
    status = chutes__accumulated_flush(acc, choice);
    if (status == CHUTES_OK) {
        status = chutes__accumulated_replace(&choice->finish_reason, reason);
    }
    if (status == CHUTES_OK) {
        choice->is_finished = true;
        status = end_calls(acc, choice, chutes__tool_slot_is_whole);
    }
    if (status != CHUTES_OK || was_finished) {
        return status;
    }
    event.type = CHUTES_CHAT_EVENT_FINISH;
    event.choice_index = choice->index;
    event.finish_reason = choice->finish_reason.data;
    return chutes__accumulator_tell(acc, &event);
}

/* ---- choices ------------------------------------------------------------- */

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
    choice->calls.is_whole_answer = acc->is_whole;
    choice->calls.forgets = acc->options.forgets_text && !acc->is_whole;
    return choice;
}

/* What a delta tells events of, in their order. */
static const struct part {
    size_t value; /* where it is in the delta */
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
    {offsetof(struct chutes__chunk_choice, tool_calls), add_calls},
    {offsetof(struct chutes__chunk_choice, function_call), add_function},
    {offsetof(struct chutes__chunk_choice, finish_reason), finish_choice},
};

enum { PART_COUNT = sizeof(PARTS) / sizeof(PARTS[0]) };

static const struct chutes__json_value *
value_of(const struct chutes__chunk_choice *delta, const struct part *part)
{
    return (
        const struct chutes__json_value *)(const void *)((const char *)delta +
                                                         part->value);
}

/* Could it tell an event? */
static bool may_tell(const struct chutes__json_value *value)
{
    return value->type != CHUTES__JSON_NONE &&
           value->type != CHUTES__JSON_NULL &&
           (value->type != CHUTES__JSON_STRING || value->text.len > 0);
}

static chutes_status begin_delta(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_choice *delta)
{
    chutes_status status =
        chutes__accumulated_replace(&choice->role, &delta->role);

    acc->at.is_begun = true;
    acc->at.is_snapshot = delta->is_message && choice->has_deltas;
    choice->has_deltas = choice->has_deltas || delta->has_delta;
    if (status == CHUTES_OK && !acc->at.is_snapshot) {
        status = add_logprobs(acc, choice, &delta->logprobs_content);
    }
    if (status == CHUTES_OK) {
        status = add_stop_reason(&choice->stop_reason, &delta->stop_reason);
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
    while (status == CHUTES_OK && at->part < PART_COUNT) {
        const struct part *part = &PARTS[at->part];

        /* What tells nothing needs no other turn. */
        if (acc->is_paused && may_tell(value_of(delta, part))) {
            return CHUTES_OK;
        }
        status = part->apply(acc, choice, delta);
        at->part += at->is_in_calls ? 0 : 1;
    }
    at->part = 0;
    at->is_begun = false;
    *is_over = true;
    return status;
}
