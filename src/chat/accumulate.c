/* SPDX-License-Identifier: MIT */
/* The accumulator's entry points. They apply the choices and usage of a chunk
 * or of a whole answer in order, and stop where on_event pauses. */
#include "chat/accumulate.h"

#include "base/error.h"
#include "base/mem.h"
#include "chat/accumulated.h"
#include "codec/value.h"

/* Finds or creates the choice that a delta belongs to. */
static chutes_status begin_choice(struct chutes__accumulator *acc,
                                  const struct chutes__chunk_choice *delta,
                                  struct chutes__accumulated_choice **choice)
{
    if (delta->index < 0 ||
        (uint64_t)delta->index >= acc->options.max_choices) {
        acc->limit.option = "max_choices";
        acc->limit.value = acc->options.max_choices;
        return CHUTES_ERR_TOO_LARGE;
    }
    *choice = chutes__accumulator_reach_choice(acc, delta->index);
    if (*choice == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    /* After a pause, this delta has begun already, so its id was compared. */
    if (acc->at.is_begun) {
        return CHUTES_OK;
    }
    return chutes__accumulator_check_id(acc, *choice, delta);
}

/* Applies the choices of the chunk, from acc->at up to a pause. */
static chutes_status apply_choices(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = CHUTES_OK;
    bool is_over = true;

    while (status == CHUTES_OK && is_over && !acc->is_paused &&
           at->choice < acc->chunk->choice_count) {
        const struct chutes__chunk_choice *delta =
            &acc->chunk->choices[at->choice];
        struct chutes__accumulated_choice *choice = NULL;

        status = begin_choice(acc, delta, &choice);
        if (status == CHUTES_OK) {
            status = chutes__accumulated_apply(acc, choice, delta, &is_over);
        }
        at->choice += is_over ? 1 : 0;
    }
    return status;
}

/* ---- chunks -------------------------------------------------------------- */

static chutes_status report_usage(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    acc->at.reports_usage = false;
    event.type = CHUTES_CHAT_EVENT_USAGE;
    event.choice_index = -1;
    event.usage = &acc->usage;
    return chutes__accumulator_report(acc, &event);
}

static bool has_count(const chutes_usage *usage)
{
    return usage->prompt_tokens >= 0 || usage->completion_tokens >= 0 ||
           usage->total_tokens >= 0 || usage->cached_tokens >= 0 ||
           usage->reasoning_tokens >= 0;
}

/* Returns false if the usage is ignored: one without counts doesn't replace an
 * earlier one. Some servers end a stream with nulls, or with the cost only. */
static bool store_usage(struct chutes__accumulator *acc,
                        const chutes_usage *usage, bool is_odd)
{
    if (is_odd) {
        chutes__accumulator_warn(acc, CHUTES__WARN_ODD_USAGE);
    }
    if (acc->has_usage && !has_count(usage)) {
        return false;
    }
    acc->has_usage = true;
    /* Chutes sends the running total with every chunk, so the last one counts
     * and nothing is added. */
    acc->usage = *usage;
    return true;
}

static chutes_status begin_object(struct chutes__accumulator *acc)
{
    chutes_status status = chutes__accumulator_store_head(acc);

    /* Store the usage before the choices are applied: if one of them restarts
     * the answer, only the usage of this chunk is kept. */
    acc->at.reports_usage =
        acc->chunk->has_usage &&
        store_usage(acc, &acc->chunk->usage, acc->chunk->is_usage_odd);
    chutes__accumulator_number_choices(acc);
    return status;
}

static chutes_status apply_object(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = apply_choices(acc);

    /* Report USAGE last, wherever usage stands in the chunk. */
    if (status == CHUTES_OK && !acc->is_paused && at->reports_usage) {
        status = report_usage(acc);
    }
    acc->has_rest =
        status == CHUTES_OK && acc->is_paused &&
        (at->choice < acc->chunk->choice_count || at->reports_usage);
    return status;
}

/* ---- applying ------------------------------------------------------------ */

/* F5: stores the start of a chunk that is not an error but may hold text in the
 * shape of another API, without choices or in one of them. */
static void note_foreign_text(struct chutes__accumulator *acc,
                              enum chutes__data_kind kind)
{
    const struct chutes__chunk *chunk = acc->chunk;

    if (kind != CHUTES__DATA_CHUNK || chunk->is_error) {
        return;
    }
    if (chunk->hides_text ||
        (chunk->choice_count == 0 &&
         chutes__chunk_carries_text(acc->source.data, acc->source.len,
                                    CHUTES__CHUNK_IN_EVENT))) {
        chutes__accumulator_note_dropped(acc);
    }
    if (chunk->hints_at_text) {
        chutes__accumulator_note_hint(acc);
    }
}

/* Applies the current chunk, or what a pause has left of it. */
static chutes_status advance(struct chutes__accumulator *acc,
                             chutes_error *error)
{
    const struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = apply_object(acc);

    if (acc->has_rest) {
        status = chutes__accumulator_store_rest(acc);
    } else {
        acc->chunk = acc->options.chunk;
    }
    if (status != CHUTES_OK) {
        return chutes__accumulator_fail(acc, status, error);
    }
    /* OpenRouter sends an error and the last choices in one chunk, so the error
     * is reported after them. */
    return at->is_error && !acc->has_rest ? chutes__accumulator_fail_by_server(
                                                acc, at->is_error_event, error)
                                          : CHUTES_OK;
}

static void set_cursor(struct chutes__accumulator *acc, bool is_error_event)
{
    struct chutes__accumulator_cursor *at = &acc->at;

    at->choice = 0;
    at->is_begun = false;
    at->part = 0;
    at->call = 0;
    at->is_in_calls = false;
    at->reports_usage = false;
    at->is_error = acc->chunk->is_error || is_error_event;
    at->is_error_event = is_error_event;
}

/* Notes the chunk's text. Every chunk begins with this. */
static void begin_source(struct chutes__accumulator *acc,
                         struct chutes__slice source)
{
    acc->source = source;
    /* CHUTES_ERR_TOO_LARGE means this limit, unless a later step notes
     * another. */
    acc->limit.option = "max_stream_bytes";
    acc->limit.value = acc->options.max_text;
    acc->is_paused = false;
}

/* Applies an object that was read into acc->chunk. */
static chutes_status apply_chunk(struct chutes__accumulator *acc,
                                 chutes_error *error)
{
    chutes_status status = begin_object(acc);

    return status == CHUTES_OK ? advance(acc, error)
                               : chutes__accumulator_fail(acc, status, error);
}

static chutes_status apply_source(struct chutes__accumulator *acc,
                                  enum chutes__data_kind kind,
                                  chutes_error *error)
{
    bool is_error_event = kind == CHUTES__DATA_ERROR;
    chutes_status status = chutes__accumulator_parse(acc);

    /* Neither an error nor a ping need be JSON. The text of an error that isn't
     * is its message. */
    if (status == CHUTES_ERR_PROTOCOL && is_error_event) {
        return chutes__accumulator_fail_by_server(acc, true, error);
    }
    if (status == CHUTES_ERR_PROTOCOL && kind == CHUTES__DATA_ASIDE) {
        return CHUTES_OK;
    }
    if (status != CHUTES_OK) {
        return chutes__accumulator_fail_parse(acc, status, error);
    }
    set_cursor(acc, is_error_event);
    note_foreign_text(acc, kind);
    /* Other JSON is ignored, unless it is a list of errors. */
    if (!acc->chunk->is_object) {
        return advance(acc, error);
    }
    status = chutes__accumulator_keep_chunk(acc);
    return status == CHUTES_OK ? apply_chunk(acc, error)
                               : chutes__accumulator_fail(acc, status, error);
}

/* ---- chunks like a model ------------------------------------------------- */

/* Applies a chunk of which only values of this choice and usage matter. */
static chutes_status apply_route(struct chutes__accumulator *acc,
                                 struct chutes__accumulated_choice *choice,
                                 const struct chutes__chunk_match *match,
                                 chutes_error *error)
{
    bool reports_usage = acc->last_model->shape.has_usage &&
                         store_usage(acc, &match->usage, match->is_usage_odd);
    chutes_status status;

    status = chutes__accumulator_follow_route(acc, choice, match);
    if (status == CHUTES_OK && reports_usage && acc->is_paused) {
        /* Leave a chunk that has only usage, for after the pause. */
        chutes__chunk_reset(acc->chunk);
        set_cursor(acc, false);
        acc->at.reports_usage = true;
        return advance(acc, error);
    }
    if (status == CHUTES_OK && reports_usage) {
        status = report_usage(acc);
    }
    return status == CHUTES_OK ? CHUTES_OK
                               : chutes__accumulator_fail(acc, status, error);
}

chutes_status chutes__accumulator_apply_match(
    struct chutes__accumulator *acc, struct chutes__slice text,
    const struct chutes__chunk_match *match, chutes_error *error)
{
    struct chutes__accumulator_model *model = acc->last_model;
    struct chutes__accumulated_choice *choice =
        chutes__accumulator_find_route(acc, match);
    chutes_status status;

    begin_source(acc, text);
    if (choice != NULL) {
        return apply_route(acc, choice, match, error);
    }
    status =
        chutes__chunk_shape_fill(&model->shape, match, text.data, acc->chunk);
    if (status != CHUTES_OK) {
        return chutes__accumulator_fail(acc, status, error);
    }
    set_cursor(acc, false);
    status = apply_chunk(acc, error);
    if (status == CHUTES_OK && !acc->has_rest) {
        chutes__accumulator_learn_route(acc);
    }
    return status;
}

chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        enum chutes__data_kind kind,
                                        chutes_error *error)
{
    struct chutes__slice text = {json, len};
    struct chutes__chunk_match match;
    chutes_status status;
    size_t matched = kind == CHUTES__DATA_CHUNK
                         ? chutes__accumulator_match(acc, text, &match)
                         : 0;

    if (matched == 0 || matched != len) {
        begin_source(acc, text);
        return apply_source(acc, kind, error);
    }
    acc->source = text;
    status = chutes__accumulator_keep_chunk(acc);
    return status == CHUTES_OK
               ? chutes__accumulator_apply_match(acc, text, &match, error)
               : chutes__accumulator_fail(acc, status, error);
}

/* ---- whole answers ------------------------------------------------------- */

enum { LARGE_BODY = 8 << 20 };

/* Makes the body `raw`, and makes room for its texts: none takes more bytes
 * decoded than in the body, unless it holds invalid UTF-8. The room is behind
 * the body: malloc() of glibc uses a block that was freed again, but returns
 * the memory of two neighbors to the system, and new memory costs a page fault
 * every 4 KiB. Above 32 MiB a block is always new, so then a large body is not
 * moved into one twice as large. */
static chutes_status take_body(struct chutes__accumulator *acc,
                               struct chutes__buf *body)
{
    struct chutes__buf *owner = body->len < LARGE_BODY ? body : &acc->texts;
    size_t used = owner == body ? body->len + 1 : 0;
    chutes_status status;

    chutes__buf_set_room(owner, body->len);
    status = chutes__buf_reserve(owner, body->len);
    if (status != CHUTES_OK) {
        return status;
    }
    acc->room_begin = owner->data + used;
    acc->room.at = owner->data + used;
    acc->room.left = owner->cap - used - 1; /* a NUL ends the block */
    chutes__buf_dispose(&acc->raw);
    acc->raw = *body;
    chutes__buf_init(body, 0);
    return CHUTES_OK;
}

chutes_status chutes__accumulator_apply_whole(struct chutes__accumulator *acc,
                                              struct chutes__buf *body,
                                              chutes_error *error)
{
    chutes_status status = take_body(acc, body);

    if (status != CHUTES_OK) {
        return chutes__fail_status(error, status);
    }
    acc->is_whole = true;
    begin_source(acc, chutes__buf_slice(&acc->raw));
    return apply_source(acc, CHUTES__DATA_CHUNK, error);
}

void chutes__accumulator_pause(struct chutes__accumulator *acc)
{
    /* A whole answer can't be paused: nothing stores what would be left of
     * it. */
    acc->is_paused = !acc->is_whole;
}

chutes_status chutes__accumulator_resume(struct chutes__accumulator *acc,
                                         chutes_error *error)
{
    acc->is_paused = false;
    return advance(acc, error);
}

/* ---- the end ------------------------------------------------------------- */

chutes_status chutes__accumulator_end(struct chutes__accumulator *acc,
                                      chutes_error *error)
{
    chutes_status status = CHUTES_OK;

    acc->source.data = acc->raw.data;
    acc->source.len = acc->raw.len;
    for (size_t i = 0; i < acc->choice_count && status == CHUTES_OK; i++) {
        status = chutes__accumulated_end(acc, acc->choices[i]);
    }
    return status == CHUTES_OK ? CHUTES_OK
                               : chutes__accumulator_fail(acc, status, error);
}

/* ---- lifecycle ----------------------------------------------------------- */

void chutes__accumulator_init(struct chutes__accumulator *acc,
                              const struct chutes__accumulator_options *options)
{
    memset(acc, 0, sizeof(*acc));
    acc->options = *options;
    acc->chunk = options->chunk;
    /* These are bounded by other limits: those on a line, on an event and on
     * all texts together. */
    chutes__buf_init(&acc->id, SIZE_MAX);
    chutes__buf_init(&acc->model, SIZE_MAX);
    chutes__buf_init(&acc->raw, SIZE_MAX);
    chutes__buf_init(&acc->texts, SIZE_MAX);
    chutes__buf_init(&acc->scratch, SIZE_MAX);
    chutes__buf_init(&acc->thought, SIZE_MAX);
    chutes__buf_init(&acc->answer, SIZE_MAX);
}

void chutes__accumulator_dispose(struct chutes__accumulator *acc)
{
    chutes__accumulator_drop_choices(acc);
    chutes__accumulator_drop_models(acc);
    chutes__accumulator_drop_rest(acc);
    chutes__mem_free(acc->choices);
    acc->choices = NULL;
    acc->choice_capacity = 0;
    chutes__buf_dispose(&acc->id);
    chutes__buf_dispose(&acc->model);
    chutes__buf_dispose(&acc->raw);
    chutes__buf_dispose(&acc->texts);
    chutes__buf_dispose(&acc->scratch);
    chutes__buf_dispose(&acc->thought);
    chutes__buf_dispose(&acc->answer);
}
