/* SPDX-License-Identifier: MIT */
#include "client/accumulate.h"

#include "base/error.h"
#include "base/mem.h"
#include "codec/api_error.h"
#include "codec/value.h"

enum {
    FIRST_CAPACITY = 4,
    EXCERPT_BEFORE = 20, /* bytes shown in front of a fault */
    EXCERPT_MAX = 80
};

/* ---- choices ------------------------------------------------------------- */

static void drop_choices(struct chutes__accumulator *acc)
{
    while (acc->choice_count > 0) {
        acc->choice_count--;
        chutes__accumulated_free(acc->choices[acc->choice_count]);
    }
}

static bool make_room(struct chutes__accumulator *acc)
{
    size_t capacity =
        acc->choice_capacity == 0 ? FIRST_CAPACITY : acc->choice_capacity * 2;
    void *grown;

    if (acc->choice_count < acc->choice_capacity) {
        return true;
    }
    grown = chutes__mem_realloc(acc->choices, capacity * sizeof(*acc->choices));
    if (grown == NULL) {
        return false;
    }
    acc->choices = grown;
    acc->choice_capacity = capacity;
    return true;
}

/* The choice of that index, made where there is none; NULL: out of memory. Its
 * range was checked with the chunk. */
static struct chutes__accumulated_choice *
reach_choice(struct chutes__accumulator *acc, int64_t index)
{
    struct chutes__accumulated_choice *choice;
    size_t at = acc->choice_count;
    size_t i;

    while (at > 0 && acc->choices[at - 1]->index > index) {
        at--;
    }
    if (at > 0 && acc->choices[at - 1]->index == index) {
        return acc->choices[at - 1];
    }
    if (!make_room(acc)) {
        return NULL;
    }
    choice = chutes__accumulated_new(&acc->options, (int)index);
    if (choice == NULL) {
        return NULL;
    }
    for (i = acc->choice_count; i > at; i--) {
        acc->choices[i] = acc->choices[i - 1];
    }
    acc->choices[at] = choice;
    acc->choice_count++;
    return choice;
}

/* From acc->at on, up to a pause. */
static chutes_status apply_choices(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = CHUTES_OK;
    bool is_over = true;

    while (status == CHUTES_OK && is_over && !acc->is_paused &&
           at->choice < acc->chunk->choice_count) {
        const struct chutes__chunk_choice *delta =
            &acc->chunk->choices[at->choice];
        struct chutes__accumulated_choice *choice =
            reach_choice(acc, delta->index);

        if (choice == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        status = chutes__accumulated_apply(acc, choice, delta, &is_over);
        at->choice += is_over ? 1 : 0;
    }
    return status;
}

/* ---- a server that starts anew ------------------------------------------- */

static bool has_first_shape(const struct chutes__chunk *chunk)
{
    size_t i;

    for (i = 0; i < chunk->choice_count; i++) {
        const struct chutes__chunk_choice *delta = &chunk->choices[i];

        if (chutes__value_is_text(&delta->role) &&
            !chutes__value_is_truthy(&delta->content) &&
            !chutes__value_is_truthy(&delta->reasoning) &&
            !chutes__value_is_truthy(&delta->tool_calls) &&
            !chutes__value_is_truthy(&delta->finish_reason)) {
            return true;
        }
    }
    return false;
}

static bool is_half_way(const struct chutes__accumulator *acc)
{
    size_t i;

    for (i = 0; i < acc->choice_count; i++) {
        if (!acc->choices[i]->is_finished && acc->choices[i]->role.len > 0) {
            return true;
        }
    }
    return false;
}

static chutes_status restart(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    drop_choices(acc);
    chutes__buf_clear(&acc->id);
    chutes__buf_clear(&acc->model);
    acc->created = 0;
    acc->has_usage = false;
    chutes__accumulator_warn(acc, CHUTES__WARN_STREAM_RESTARTED);
    event.type = CHUTES_EVENT_RESTART;
    event.choice_index = -1;
    return chutes__accumulator_tell(acc, &event);
}

static chutes_status check_id(struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;

    if (acc->id.len == 0 || !chutes__value_is_text(&chunk->id) ||
        chutes__json_key_is(&chunk->id, acc->id.data)) {
        return CHUTES_OK;
    }
    if (has_first_shape(chunk) && is_half_way(acc)) {
        return restart(acc);
    }
    chutes__accumulator_warn(acc, CHUTES__WARN_ID_CHANGED);
    return CHUTES_OK;
}

/* ---- chunks -------------------------------------------------------------- */

static chutes_status keep_first(struct chutes__buf *buf,
                                const struct chutes__json_value *value)
{
    if (buf->len > 0 || value->type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    return chutes__json_append_string(value, buf);
}

static chutes_status tell_usage(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    acc->at.owes_usage = false;
    event.type = CHUTES_EVENT_USAGE;
    event.choice_index = -1;
    event.usage = &acc->usage;
    return chutes__accumulator_tell(acc, &event);
}

static chutes_status begin_object(struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;
    chutes_status status;

    chutes__buf_clear(&acc->raw);
    status = chutes__buf_append(&acc->raw, acc->source.data, acc->source.len);
    if (status == CHUTES_OK) {
        status = check_id(acc);
    }
    if (status == CHUTES_OK) {
        status = keep_first(&acc->id, &chunk->id);
    }
    if (status == CHUTES_OK) {
        status = keep_first(&acc->model, &chunk->model);
    }
    if (acc->created == 0) {
        acc->created = chunk->created;
    }
    if (chunk->has_usage) {
        acc->has_usage = true;
        acc->usage = chunk->usage;
        acc->at.owes_usage = true;
    }
    return status;
}

static chutes_status apply_object(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = apply_choices(acc);

    if (status == CHUTES_OK && !acc->is_paused && at->owes_usage) {
        status = tell_usage(acc);
    }
    acc->has_rest = status == CHUTES_OK && acc->is_paused &&
                    (at->choice < acc->chunk->choice_count || at->owes_usage);
    return status;
}

/* The text of a chunk and its scratch are only lent: the rest is read from the
 * copy, once, into scratch of our own. */
static chutes_status keep_rest(struct chutes__accumulator *acc)
{
    bool has_choices = acc->at.choice < acc->chunk->choice_count;

    if (acc->chunk == &acc->rest) {
        return CHUTES_OK;
    }
    acc->chunk = &acc->rest;
    acc->source = (struct chutes__slice){acc->raw.data, acc->raw.len};
    acc->at.is_in_calls = false; /* its elements were counted */
    chutes__chunk_reset(&acc->rest);
    return has_choices
               ? chutes__chunk_parse(&acc->rest, acc->raw.data, acc->raw.len,
                                     acc->options.max_json_depth)
               : CHUTES_OK;
}

/* ---- failures ------------------------------------------------------------ */

static chutes_status fail_parse(const struct chutes__accumulator *acc,
                                chutes_status status, chutes_error *error)
{
    const struct chutes__chunk *chunk = acc->chunk;
    size_t at =
        chunk->fault_at < acc->source.len ? chunk->fault_at : acc->source.len;
    size_t begin = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
    size_t len = acc->source.len - begin;

    if (status == CHUTES_ERR_TOO_LARGE) {
        return chutes__fail(
            error, status,
            "%s, at byte %zu (max_choices is %zu, max_json_depth %zu)",
            chunk->fault, chunk->fault_at, acc->options.max_choices,
            acc->options.max_json_depth);
    }
    if (status != CHUTES_ERR_PROTOCOL) {
        return chutes__fail_status(error, status);
    }
    return chutes__fail(error, status,
                        "the answer holds malformed JSON: %s at byte %zu of "
                        "%zu, near \"%.*s\"",
                        chunk->fault, chunk->fault_at, acc->source.len,
                        (int)(len < EXCERPT_MAX ? len : EXCERPT_MAX),
                        acc->source.data + begin);
}

static chutes_status fail_apply(const struct chutes__accumulator *acc,
                                chutes_status status, chutes_error *error)
{
    switch (status) {
    case CHUTES_ERR_TOO_LARGE:
        return chutes__fail(error, status, "the answer is beyond %s",
                            acc->limit);
    case CHUTES_ERR_PROTOCOL:
        return chutes__fail(error, status,
                            "the answer has a tool call whose index is not "
                            "within 0 to 127");
    default:
        return chutes__fail_status(error, status);
    }
}

static chutes_status fail_by_server(const struct chutes__accumulator *acc,
                                    bool is_error_event, chutes_error *error)
{
    (void)chutes__api_error_read(acc->source.data, acc->source.len,
                                 is_error_event, error);
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}

static chutes_status read_chunk(struct chutes__accumulator *acc)
{
    const struct chutes__slice before = {acc->raw.data, acc->raw.len};
    struct chutes__slice text = acc->source;
    size_t max_depth = acc->options.max_json_depth;
    chutes_status status;

    acc->chunk->max_choices = acc->options.max_choices;
    if (chutes__chunk_shape_match(&acc->shape, before, acc->chunk, text,
                                  max_depth)) {
        return CHUTES_OK;
    }
    acc->shape.content_at = 0;
    status = chutes__chunk_parse(acc->chunk, text.data, text.len, max_depth);
    if (status == CHUTES_OK) {
        chutes__chunk_shape_note(&acc->shape, acc->chunk, text);
    }
    return status;
}

/* Applies the chunk at hand, or the rest of it. */
static chutes_status advance(struct chutes__accumulator *acc,
                             chutes_error *error)
{
    const struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status = apply_object(acc);

    if (acc->has_rest) {
        status = keep_rest(acc);
    } else {
        acc->chunk = acc->options.chunk;
    }
    if (status != CHUTES_OK) {
        return fail_apply(acc, status, error);
    }
    return at->is_error && !acc->has_rest
               ? fail_by_server(acc, at->is_error_event, error)
               : CHUTES_OK;
}

chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        bool is_error_event,
                                        chutes_error *error)
{
    struct chutes__accumulator_cursor *at = &acc->at;
    chutes_status status;

    acc->source.data = json;
    acc->source.len = len;
    acc->limit = "max_response_bytes";
    acc->is_paused = false;
    status = read_chunk(acc);
    if (status == CHUTES_ERR_PROTOCOL && is_error_event) {
        return fail_by_server(acc, true, error);
    }
    if (status != CHUTES_OK) {
        return fail_parse(acc, status, error);
    }
    at->choice = 0;
    at->part = 0;
    at->call = 0;
    at->is_in_calls = false;
    at->owes_usage = false;
    at->is_error = acc->chunk->is_error || is_error_event;
    at->is_error_event = is_error_event;
    if (acc->chunk->is_object) {
        status = begin_object(acc);
    }
    return status == CHUTES_OK ? advance(acc, error)
                               : fail_apply(acc, status, error);
}

void chutes__accumulator_pause(struct chutes__accumulator *acc)
{
    acc->is_paused = true;
}

chutes_status chutes__accumulator_go_on(struct chutes__accumulator *acc,
                                        chutes_error *error)
{
    acc->is_paused = false;
    return advance(acc, error);
}

/* ---- the end ------------------------------------------------------------- */

chutes_status chutes__accumulator_end(struct chutes__accumulator *acc)
{
    chutes_status status = CHUTES_OK;
    size_t i;

    acc->source.data = acc->raw.data;
    acc->source.len = acc->raw.len;
    for (i = 0; i < acc->choice_count && status == CHUTES_OK; i++) {
        status = chutes__accumulated_end(acc, acc->choices[i]);
    }
    return status;
}

void chutes__accumulator_warn(struct chutes__accumulator *acc,
                              enum chutes__warning warning)
{
    if (!acc->seen[warning]) {
        acc->seen[warning] = true;
        acc->warnings[acc->warning_count] = warning;
        acc->warning_count++;
    }
}

bool chutes__accumulator_finished(const struct chutes__accumulator *acc)
{
    size_t i;

    for (i = 0; i < acc->choice_count; i++) {
        if (!acc->choices[i]->is_finished) {
            return false;
        }
    }
    return acc->choice_count > 0;
}

bool chutes__accumulator_has_content(const struct chutes__accumulator *acc)
{
    return acc->choice_count > 0 || acc->has_usage;
}

const char *
chutes__accumulator_failed_reason(const struct chutes__accumulator *acc)
{
    size_t i;

    for (i = 0; i < acc->choice_count; i++) {
        if (chutes__accumulated_is_failed(acc->choices[i])) {
            return acc->choices[i]->finish_reason.data;
        }
    }
    return NULL;
}

/* ---- life ---------------------------------------------------------------- */

void chutes__accumulator_init(struct chutes__accumulator *acc,
                              const struct chutes__accumulator_options *options)
{
    memset(acc, 0, sizeof(*acc));
    acc->options = *options;
    acc->chunk = options->chunk;
    chutes__chunk_init(&acc->rest, options->max_choices);
    chutes__buf_init(&acc->id, options->max_text);
    chutes__buf_init(&acc->model, options->max_text);
    chutes__buf_init(&acc->raw, SIZE_MAX); /* of what was let in before */
}

void chutes__accumulator_dispose(struct chutes__accumulator *acc)
{
    drop_choices(acc);
    chutes__chunk_dispose(&acc->rest);
    chutes__mem_free(acc->choices);
    acc->choices = NULL;
    acc->choice_capacity = 0;
    chutes__buf_dispose(&acc->id);
    chutes__buf_dispose(&acc->model);
    chutes__buf_dispose(&acc->raw);
}
