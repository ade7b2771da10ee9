/* SPDX-License-Identifier: MIT */
/* The tool calls of a choice. tool_calls.c decides which slot a delta belongs
 * to; this file reports what happened as events and detects the end of a
 * call. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "base/finish_reason.h"
#include "codec/value.h"

/* ---- events -------------------------------------------------------------- */

static chutes_status report_call(struct chutes__accumulator *acc,
                                 chutes_chat_event_type type, int choice_index,
                                 struct chutes__tool_slot *slot, size_t text_at)
{
    chutes_tool_call call = chutes__tool_slot_describe(slot);
    chutes_chat_event event = {0};

    event.type = type;
    event.choice_index = choice_index;
    event.tool_call = &call;
    event.text = call.arguments + text_at;
    event.text_len = call.arguments_len - text_at;
    /* X6: a part of the arguments must not look like all of them. */
    if (slot->forgets) {
        call.arguments = event.text;
        call.arguments_len = event.text_len;
    }
    acc->reported = slot;
    return chutes__accumulator_report(acc, &event);
}

static chutes_status
finish_call(struct chutes__accumulator *acc,
            const struct chutes__accumulated_choice *choice,
            struct chutes__tool_slot *slot)
{
    chutes_status status = chutes__tool_slot_complete(&choice->calls, slot);

    if (status != CHUTES_OK) {
        return status;
    }
    slot->is_reported = true;
    return report_call(acc, CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED, choice->index,
                       slot, slot->arguments.len);
}

/* ---- the end of calls ---------------------------------------------------- */

bool chutes__accumulated_is_failed(
    const struct chutes__accumulated_choice *choice)
{
    const struct chutes__slice reason = {choice->finish_reason.data,
                                         choice->finish_reason.len};

    return choice->error.len > 0 || chutes__slice_is_nocase(reason, "abort") ||
           chutes__slice_is_nocase(reason, "error");
}

/* Returns true if the model was stopped, perhaps within the arguments of a
 * call. */
static bool is_cut(const struct chutes__buf *finish_reason)
{
    const struct chutes__slice reason = {finish_reason->data,
                                         finish_reason->len};

    return chutes__finish_reason_is_length(reason) ||
           chutes__finish_reason_is_filter(reason);
}

chutes_status
chutes__accumulated_end_calls(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              bool (*is_whole)(struct chutes__tool_slot *slot))
{
    bool was_cut =
        is_cut(&choice->finish_reason) ||
        (!choice->is_finished && !acc->options.trusts_done && !acc->is_whole);
    chutes_status status = CHUTES_OK;

    /* Even a call that looks complete must not run if its choice has failed. */
    if (chutes__accumulated_is_failed(choice)) {
        return CHUTES_OK;
    }
    for (size_t i = 0; i < choice->calls.count && status == CHUTES_OK; i++) {
        struct chutes__tool_slot *slot = choice->calls.slots[i];

        if (!slot->is_reported && (!was_cut || is_whole(slot))) {
            status = finish_call(acc, choice, slot);
        }
    }
    return status;
}

/* ---- deltas -------------------------------------------------------------- */

/* Reports what a delta did to the calls. */
static chutes_status report_step(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__tool_step *step)
{
    chutes_status status = CHUTES_OK;

    /* X6: the next piece replaces this one, so it doesn't count. */
    if (!choice->calls.forgets) {
        acc->text_len += step->grown;
    }
    if (step->is_repeat) {
        return CHUTES_OK;
    }
    chutes__accumulated_reopen(acc, choice);
    if (step->is_index_missing) {
        chutes__accumulator_warn(acc, CHUTES__WARN_TOOL_INDEX_MISSING);
    }
    if (step->is_index_reused) {
        chutes__accumulator_warn(acc, CHUTES__WARN_TOOL_INDEX_REUSED);
    }
    /* A new call usually means that the previous one is finished. But servers
     * may also interleave calls, so a call whose arguments are incomplete stays
     * open until the choice ends. */
    if (step->ended != NULL && !step->ended->is_reported &&
        !choice->calls.forgets &&
        chutes__tool_slot_is_whole_at_next(step->ended)) {
        status = finish_call(acc, choice, step->ended);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    return report_call(acc, CHUTES_CHAT_EVENT_TOOL_CALL_DELTA, choice->index,
                       step->slot, step->text_at);
}

/* `slot` is the call that the delta continues; NULL: see
 * chutes__tool_calls_apply(). */
static chutes_status add_call(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              const struct chutes__tool_delta *delta,
                              struct chutes__tool_slot *slot)
{
    struct chutes__tool_step step;
    chutes_status status = chutes__tool_calls_apply(
        &choice->calls, delta, slot, chutes__accumulator_room(acc), &step);

    if (status != CHUTES_OK && step.is_full) {
        acc->limit.option = "max_tool_calls";
        acc->limit.value = acc->options.max_tool_calls;
    }
    return status == CHUTES_OK ? report_step(acc, choice, &step) : status;
}

static bool says_nothing(const struct chutes__tool_delta *delta)
{
    return !delta->has_index && delta->id.type == CHUTES__JSON_NONE &&
           delta->type.type == CHUTES__JSON_NONE &&
           delta->name.type == CHUTES__JSON_NONE &&
           delta->arguments.type == CHUTES__JSON_NONE;
}

/* Enters the array, unless its reader is open already. After a pause, the array
 * is in another copy of the chunk, so skip as many elements as were applied. */
static void open_calls(struct chutes__accumulator *acc,
                       const struct chutes__json_value *array)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    struct chutes__json_reader *calls = &acc->chunk->calls;
    struct chutes__tool_delta delta;

    if (at->is_in_calls) {
        return;
    }
    at->is_in_calls = true;
    chutes__json_init_lenient(calls, array->text.data, array->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_array(calls);
    for (size_t i = 0; i < at->call; i++) {
        (void)chutes__tool_delta_next(calls, &delta);
    }
}

static bool is_last_call(const struct chutes__accumulator *acc)
{
    struct chutes__json_reader probe = acc->chunk->calls;
    struct chutes__tool_delta delta;

    return !chutes__tool_delta_next(&probe, &delta);
}

/* T11: adds the unknown members of a snapshot. They are reported with the
 * finished call. */
static chutes_status add_extra_news(struct chutes__accumulator *acc,
                                    struct chutes__tool_slot *slot,
                                    const struct chutes__tool_delta *element)
{
    size_t before = chutes__tool_slot_extra(slot).len;
    chutes_status status = chutes__tool_slot_add_extra(
        slot, &element->extra, chutes__accumulator_room(acc));

    acc->text_len += chutes__tool_slot_extra(slot).len - before;
    return status;
}

/* X5: appends what the arguments of a snapshot add to those of the call.
 * Ignores arguments that contradict them: the result would not be JSON. */
static chutes_status add_call_news(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   struct chutes__tool_slot *slot,
                                   const struct chutes__tool_delta *element)
{
    const struct chutes__buf *old = &slot->arguments;
    struct chutes__tool_delta delta = {0};
    struct chutes__slice news;
    chutes_status status;

    if (choice->calls.forgets) {
        return CHUTES_OK;
    }
    status = add_extra_news(acc, slot, element);
    if (status != CHUTES_OK) {
        return status;
    }
    chutes__buf_clear(&acc->scratch);
    if (element->arguments.type == CHUTES__JSON_STRING) {
        status = chutes__json_append_string(&element->arguments, &acc->scratch);
    } else if (element->arguments.type == CHUTES__JSON_OBJECT) {
        status =
            chutes__json_append_compact(element->arguments.text, &acc->scratch);
    }
    if (status != CHUTES_OK || acc->scratch.len <= old->len ||
        memcmp(acc->scratch.data, old->data, old->len) != 0) {
        return status;
    }
    news.data = acc->scratch.data + old->len;
    news.len = acc->scratch.len - old->len;
    delta.arguments =
        (struct chutes__json_value){CHUTES__JSON_STRING, true, news};
    return add_call(acc, choice, &delta, slot);
}

/* Applies the element at `position` of the array. */
static chutes_status add_element(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__tool_delta *element,
                                 size_t position)
{
    struct chutes__tool_slot *slot = NULL;

    if (acc->at.is_snapshot) {
        slot = chutes__tool_calls_find(&choice->calls, element, position);
    }
    return slot == NULL ? add_call(acc, choice, element, NULL)
                        : add_call_news(acc, choice, slot, element);
}

chutes_status
chutes__accumulated_add_calls(struct chutes__accumulator *acc,
                              struct chutes__accumulated_choice *choice,
                              const struct chutes__chunk_choice *delta)
{
    const struct chutes__json_value *array = &delta->tool_calls;
    struct chutes__accumulator_cursor *at = &acc->at;
    struct chutes__tool_delta call;
    chutes_status status = CHUTES_OK;

    if (delta->has_call) {
        return says_nothing(&delta->call)
                   ? CHUTES_OK
                   : add_element(acc, choice, &delta->call, 0);
    }
    /* Some servers send a single call instead of an array. */
    if (array->type == CHUTES__JSON_OBJECT) {
        chutes__tool_delta_of_call(array, &call);
        if (!call.is_unknown && !says_nothing(&call)) {
            return add_element(acc, choice, &call, 0);
        }
        if (chutes__value_is_truthy(array)) {
            chutes__accumulator_note_dropped(acc);
        }
        return CHUTES_OK;
    }
    if (chutes__value_is_json_text(array)) {
        chutes__accumulator_note_dropped(acc);
    }
    if (array->type != CHUTES__JSON_ARRAY) {
        return CHUTES_OK;
    }
    open_calls(acc, array);
    while (status == CHUTES_OK &&
           chutes__tool_delta_next(&acc->chunk->calls, &call)) {
        at->call++;
        if (call.is_unknown) {
            chutes__accumulator_note_dropped(acc);
        } else if (!says_nothing(&call)) {
            status = add_element(acc, choice, &call, at->call - 1);
        }
        /* Don't stop after the last call: the resume would have nothing to
         * report. */
        if (acc->is_paused && !is_last_call(acc)) {
            return status;
        }
    }
    at->is_in_calls = false;
    at->call = 0;
    return status;
}

chutes_status
chutes__accumulated_add_arguments(struct chutes__accumulator *acc,
                                  struct chutes__accumulated_choice *choice,
                                  const struct chutes__chunk_shape *shape,
                                  const struct chutes__json_value *value)
{
    const struct chutes__tool_slot *active = choice->calls.active;
    struct chutes__tool_step step;
    chutes_status status;

    /* No two calls have the same `wire`, so this is the call that the index
     * names. */
    if (active != NULL && shape->has_call_index &&
        active->wire == shape->call_index) {
        status = chutes__tool_calls_continue(
            &choice->calls, value, chutes__accumulator_room(acc), &step);
        return status == CHUTES_OK ? report_step(acc, choice, &step) : status;
    }
    return add_call(
        acc, choice,
        &(struct chutes__tool_delta){.has_index = shape->has_call_index,
                                     .index = shape->call_index,
                                     .arguments = *value},
        NULL);
}

chutes_status
chutes__accumulated_add_function(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_choice *delta)
{
    const struct chutes__json_value *function = &delta->function_call;
    struct chutes__tool_delta call;

    /* Servers that support both forms send the same call in both. */
    if (acc->at.is_snapshot ||
        (choice->calls.count > 0 && !choice->is_legacy)) {
        return CHUTES_OK;
    }
    if (!chutes__tool_delta_of_function(function, &call)) {
        if (chutes__value_is_json_text(function) ||
            (function->type == CHUTES__JSON_ARRAY &&
             chutes__value_is_truthy(function))) {
            chutes__accumulator_note_dropped(acc);
        }
        return CHUTES_OK;
    }
    choice->is_legacy = true;
    return call.name.type == CHUTES__JSON_NONE &&
                   call.arguments.type == CHUTES__JSON_NONE
               ? CHUTES_OK
               : add_call(acc, choice, &call, NULL);
}
