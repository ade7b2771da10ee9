/* SPDX-License-Identifier: MIT */
#include "chat/accumulate.h"

#include "codec/value.h"

static bool tells_text(const struct chutes__chunk_choice *delta)
{
    return chutes__value_is_truthy(&delta->content) ||
           chutes__value_is_truthy(&delta->reasoning) ||
           chutes__value_is_truthy(&delta->refusal) ||
           chutes__value_is_truthy(&delta->tool_calls) ||
           chutes__value_is_truthy(&delta->function_call);
}

static bool has_first_shape(const struct chutes__chunk_choice *delta)
{
    return chutes__value_is_text(&delta->role) && !tells_text(delta) &&
           !chutes__value_is_truthy(&delta->finish_reason);
}

static chutes_status note_start(struct chutes__accumulated_start *start,
                                const struct chutes__chunk *chunk,
                                const struct chutes__chunk_choice *delta)
{
    chutes_status status =
        chutes__accumulated_replace(&start->role, &delta->role);

    start->has_content = delta->content.type == CHUTES__JSON_STRING;
    start->created = chunk->created;
    chutes__buf_clear(&start->model);
    if (status == CHUTES_OK) {
        status = chutes__accumulated_replace(&start->model, &chunk->model);
    }
    if (status == CHUTES_OK) {
        status = chutes__accumulated_replace(&start->id, &chunk->id);
    }
    return status;
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

/* The id isn't the one of the text so far. */
static chutes_status take_other_id(struct chutes__accumulator *acc,
                                   struct chutes__accumulated_choice *choice,
                                   const struct chutes__chunk_choice *delta)
{
    if (choice->role.len > 0 && !choice->is_finished &&
        !choice->has_several_ids && has_first_shape(delta)) {
        return note_start(&choice->start, acc->chunk, delta);
    }
    chutes__accumulator_warn(acc, CHUTES__WARN_ID_CHANGED);
    if (!tells_text(delta)) {
        return CHUTES_OK;
    }
    if (choice->has_text) {
        choice->has_several_ids = true;
        return CHUTES_OK;
    }
    return chutes__accumulated_replace(&choice->id, &acc->chunk->id);
}

chutes_status chutes__accumulated_check_id(
    struct chutes__accumulator *acc, struct chutes__accumulated_choice *choice,
    const struct chutes__chunk_choice *delta, bool *restarts)
{
    const struct chutes__json_value *id = &acc->chunk->id;
    bool has_id = chutes__value_is_text(id);

    *restarts = choice->start.id.len > 0 && has_id &&
                chutes__json_key_is(id, choice->start.id.data);
    if (*restarts) {
        return CHUTES_OK;
    }
    if (choice->start.id.len > 0) {
        chutes__buf_clear(&choice->start.id);
    }
    if (!has_id) {
        return CHUTES_OK;
    }
    if (choice->id.len == 0) {
        return chutes__json_append_string(id, &choice->id);
    }
    return chutes__json_key_is(id, choice->id.data)
               ? CHUTES_OK
               : take_other_id(acc, choice, delta);
}
