/* SPDX-License-Identifier: MIT */
/* Detects a server that restarts the answer (R1) or changes its id (R2). The
 * Chutes gateway tries another instance if one fails, even after that one has
 * sent part of its answer. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "codec/chunk_message.h"
#include "codec/value.h"

/* Returns true if the chunk has text or tool calls of the choice, not just a
 * role. */
static bool has_text(const struct chutes__chunk *chunk,
                     const struct chutes__chunk_choice *delta)
{
    return delta->has_call || chunk->hides_text ||
           chutes__chunk_says_something(delta);
}

static bool has_first_shape(const struct chutes__chunk *chunk,
                            const struct chutes__chunk_choice *delta)
{
    return chutes__value_is_text(&delta->role) && !has_text(chunk, delta) &&
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
    if (choice->role.len > 0 && !choice->has_several_ids &&
        has_first_shape(acc->chunk, delta) &&
        !chutes__accumulator_finished(acc)) {
        return note_start(acc, &choice->start, delta);
    }
    chutes__accumulator_warn(acc, CHUTES__WARN_ID_CHANGED);
    if (!has_text(acc->chunk, delta)) {
        return CHUTES_OK;
    }
    if (choice->has_text) {
        /* Some gateways make a new id for every chunk: then a new id doesn't
         * announce a new answer. */
        choice->has_several_ids = true;
        return CHUTES_OK;
    }
    return chutes__accumulated_replace(acc, &choice->id, &acc->chunk->id);
}

/* Replaces what the choice received from the old answer by what was noted of
 * the first chunk of the new one; that chunk can't be read again. */
static chutes_status renew(const struct chutes__accumulator *acc,
                           struct chutes__accumulated_choice *choice)
{
    struct chutes__accumulated_choice *fresh =
        chutes__accumulated_new(acc, choice->index);
    struct chutes__accumulated_choice old = *choice;

    if (fresh == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    *choice = *fresh;
    /* The new choice owns no memory yet, so this loses none. */
    choice->id = old.start.id;
    choice->role = old.start.role;
    choice->has_deltas = true;
    choice->content.was_sent = old.start.has_content && !choice->calls.forgets;
    chutes__buf_init(&old.start.id, SIZE_MAX);
    chutes__buf_init(&old.start.role, SIZE_MAX);
    *fresh = old;
    chutes__accumulated_free(fresh);
    return CHUTES_OK;
}

/* Drops all choices but those whose new answer has begun. */
static chutes_status renew_choices(struct chutes__accumulator *acc)
{
    chutes_status status = CHUTES_OK;
    size_t kept = 0;

    chutes__accumulator_forget_routes(acc);
    for (size_t i = 0; i < acc->choice_count; i++) {
        struct chutes__accumulated_choice *choice = acc->choices[i];

        if (choice->start.id.len == 0) {
            chutes__accumulated_free(choice);
            continue;
        }
        status = status == CHUTES_OK ? renew(acc, choice) : status;
        acc->choices[kept] = choice;
        kept++;
    }
    acc->choice_count = kept;
    chutes__accumulator_drop_logprobs(acc);
    return status;
}

static chutes_status report_restart(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {.type = CHUTES_CHAT_EVENT_RESTART,
                               .choice_index = -1};

    chutes__accumulator_warn(acc, CHUTES__WARN_STREAM_RESTARTED);
    return chutes__accumulator_report(acc, &event);
}

/* `start` is the first chunk of the new answer, which the current one
 * confirms. */
static chutes_status restart(struct chutes__accumulator *acc,
                             struct chutes__accumulated_start *start)
{
    chutes_status status;

    acc->text_len = 0;
    /* F5: text that this chunk hides belongs to the new answer. */
    if (!acc->chunk->hides_text) {
        acc->dropped[0] = '\0';
    }
    chutes__buf_clear(&acc->id);
    chutes__buf_dispose(&acc->model);
    acc->model = start->model;
    chutes__buf_init(&start->model, SIZE_MAX);
    acc->created = start->created;
    acc->has_usage = acc->at.reports_usage; /* keep only this chunk's usage */
    status = renew_choices(acc);
    if (status == CHUTES_OK) {
        status = report_restart(acc);
    }
    if (status != CHUTES_OK) {
        chutes__accumulator_drop_choices(acc);
        return status;
    }
    return chutes__accumulator_store_head(acc);
}

/* Handles the next chunk under the id of what may be a new answer. A heartbeat
 * may have an id of its own, too, so only text proves that an answer has
 * started. */
static chutes_status check_start(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_choice *delta)
{
    if (has_text(acc->chunk, delta)) {
        return restart(acc, &choice->start);
    }
    /* Perhaps the new answer is empty, and the old one was cut. */
    if (chutes__value_is_word(&delta->finish_reason)) {
        chutes__accumulator_warn(acc, CHUTES__WARN_ID_CHANGED);
    }
    return CHUTES_OK;
}

chutes_status
chutes__accumulator_check_id(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice *choice,
                             const struct chutes__chunk_choice *delta)
{
    struct chutes__buf *start = &choice->start.id;
    const struct chutes__json_value *id = &acc->chunk->id;
    bool has_id = chutes__value_is_text(id);

    if (start->len > 0 && has_id && chutes__json_key_is(id, start->data)) {
        return check_start(acc, choice, delta);
    }
    if (start->len > 0) {
        chutes__buf_clear(start);
    }
    if (!has_id) {
        return CHUTES_OK;
    }
    if (choice->id.len == 0) {
        return chutes__accumulator_append_string(acc, id, &choice->id);
    }
    return chutes__json_key_is(id, choice->id.data)
               ? CHUTES_OK
               : check_other_id(acc, choice, delta);
}
