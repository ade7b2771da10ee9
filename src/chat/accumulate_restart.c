/* SPDX-License-Identifier: MIT */
/* Detects a server that restarts the answer (R1) or changes its id (R2). The
 * Chutes gateway tries another instance if one fails, even after that one has
 * sent part of its answer. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "codec/value.h"

/* Returns true if the delta holds more than a role, so it can't be a first
 * chunk. */
static bool has_text(const struct chutes__chunk_choice *delta)
{
    return chutes__value_is_truthy(&delta->content) ||
           chutes__value_is_truthy(&delta->reasoning) ||
           chutes__value_is_truthy(&delta->refusal) ||
           chutes__value_is_truthy(&delta->audio) || delta->has_call ||
           chutes__value_is_truthy(&delta->tool_calls) ||
           chutes__value_is_truthy(&delta->function_call);
}

static bool has_first_shape(const struct chutes__chunk *chunk,
                            const struct chutes__chunk_choice *delta)
{
    return chutes__value_is_text(&delta->role) && !has_text(delta) &&
           !chunk->hides_text &&
           !chutes__value_is_truthy(&delta->finish_reason);
}

/* Remembers a chunk that may be the first of a new answer. It is applied
 * nevertheless: if it is only a heartbeat, its role does no harm. */
static chutes_status note_start(struct chutes__accumulator *acc,
                                struct chutes__accumulated_start *start,
                                const struct chutes__chunk_choice *delta)
{
    const struct chutes__chunk *chunk = acc->chunk;
    chutes_status status =
        chutes__accumulated_replace(acc, &start->role, &delta->role);

    start->has_content = delta->content.type == CHUTES__JSON_STRING;
    start->created = chutes__chunk_created(chunk);
    chutes__buf_clear(&start->model);
    if (status == CHUTES_OK) {
        status = chutes__accumulated_replace(acc, &start->model, &chunk->model);
    }
    if (status == CHUTES_OK) {
        status = chutes__accumulated_replace(acc, &start->id, &chunk->id);
    }
    return status;
}

/* Handles a chunk whose id differs from the id of the text so far. */
static chutes_status check_other_id(struct chutes__accumulator *acc,
                                    struct chutes__accumulated_choice *choice,
                                    const struct chutes__chunk_choice *delta)
{
    if (choice->role.len > 0 && !choice->is_finished &&
        !choice->has_several_ids && has_first_shape(acc->chunk, delta)) {
        return note_start(acc, &choice->start, delta);
    }
    chutes__accumulator_warn(acc, CHUTES__WARN_ID_CHANGED);
    if (!has_text(delta)) {
        return CHUTES_OK;
    }
    if (choice->has_text) {
        /* Some gateways make a new id for every chunk: it announces nothing
         * then. */
        choice->has_several_ids = true;
        return CHUTES_OK;
    }
    return chutes__accumulated_replace(acc, &choice->id, &acc->chunk->id);
}

static chutes_status drop_answer(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    chutes__accumulator_drop_choices(acc);
    acc->text_len = 0;
    /* F5: text that this chunk hides belongs to the new answer. */
    if (!acc->chunk->hides_text) {
        acc->dropped[0] = '\0';
    }
    chutes__buf_clear(&acc->id);
    chutes__buf_clear(&acc->model);
    acc->created = 0;
    acc->has_usage = acc->at.reports_usage; /* keep only this chunk's usage */
    chutes__accumulator_warn(acc, CHUTES__WARN_STREAM_RESTARTED);
    event.type = CHUTES_CHAT_EVENT_RESTART;
    event.choice_index = -1;
    return chutes__accumulator_report(acc, &event);
}

/* Drops all choices. *choice becomes a choice of the new answer, filled from
 * the stored first chunk of that answer, which can't be read again. */
static chutes_status restart(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice **choice)
{
    struct chutes__accumulated_start start = (*choice)->start;
    int index = (*choice)->index;
    chutes_status status;

    /* `start` now owns these buffers; drop_answer() frees the choice. */
    chutes__accumulated_start_init(&(*choice)->start);
    status = drop_answer(acc);
    *choice = status == CHUTES_OK ? chutes__accumulator_reach_choice(acc, index)
                                  : NULL;
    if (*choice == NULL) {
        chutes__accumulated_start_dispose(&start);
        return status == CHUTES_OK ? CHUTES_ERR_NO_MEMORY : status;
    }
    chutes__buf_dispose(&acc->model);
    acc->model = start.model;
    acc->created = start.created;
    /* The new choice owns no memory yet, so this loses none. */
    (*choice)->id = start.id;
    (*choice)->role = start.role;
    (*choice)->has_deltas = true;
    (*choice)->content.was_sent =
        start.has_content && !(*choice)->calls.forgets;
    return chutes__accumulator_store_head(acc);
}

chutes_status
chutes__accumulator_check_id(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice **choice,
                             const struct chutes__chunk_choice *delta)
{
    struct chutes__buf *start = &(*choice)->start.id;
    struct chutes__buf *old = &(*choice)->id;
    const struct chutes__json_value *id = &acc->chunk->id;
    bool has_id = chutes__value_is_text(id);

    if (start->len > 0 && has_id && chutes__json_key_is(id, start->data)) {
        return restart(acc, choice);
    }
    if (start->len > 0) {
        chutes__buf_clear(start);
    }
    if (!has_id) {
        return CHUTES_OK;
    }
    if (old->len == 0) {
        return chutes__accumulator_append_string(acc, id, old);
    }
    return chutes__json_key_is(id, old->data)
               ? CHUTES_OK
               : check_other_id(acc, *choice, delta);
}
