/* SPDX-License-Identifier: MIT */
#include "chat/accumulate.h"

#include "base/array.h"
#include "base/error.h"
#include "base/mem.h"
#include "codec/api_error.h"
#include "codec/value.h"

enum {
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

/* The choice of that index, made where there is none; NULL: out of memory. */
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
    if (!chutes__array_reserve(&acc->choices, &acc->choice_capacity,
                               acc->choice_count + 1, sizeof(*acc->choices))) {
        return NULL;
    }
    choice = chutes__accumulated_new(acc, (int)index);
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

/* C1 */
static bool is_the_choice(const struct chutes__accumulator *acc)
{
    return acc->options.asked <= 1 && acc->chunk->choice_count == 1 &&
           acc->choice_count <= 1;
}

static bool is_repeated(const struct chutes__chunk *chunk, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (chunk->choices[i].index == chunk->choices[at].index) {
            return true;
        }
    }
    return false;
}

/* C2 */
static bool counts_by_position(const struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;
    size_t without = 0;
    bool is_ambiguous = false;

    if (chunk->choice_count < 2) {
        return false;
    }
    for (size_t i = 0; i < chunk->choice_count; i++) {
        without += chunk->choices[i].has_index ? 0 : 1;
        is_ambiguous = is_ambiguous || (acc->is_whole && is_repeated(chunk, i));
    }
    return is_ambiguous || without == chunk->choice_count ||
           (acc->is_whole && without > 0);
}

static void number_choices(struct chutes__accumulator *acc)
{
    struct chutes__chunk *chunk = acc->chunk;

    if (is_the_choice(acc)) {
        chunk->choices[0].index =
            acc->choice_count == 0 ? 0 : acc->choices[0]->index;
    } else if (counts_by_position(acc)) {
        for (size_t i = 0; i < chunk->choice_count; i++) {
            chunk->choices[i].index = (int64_t)i;
        }
    }
}

/* ---- a server that starts anew ------------------------------------------- */

static chutes_status keep_first(struct chutes__buf *buf,
                                const struct chutes__json_value *value)
{
    if (buf->len > 0 || value->type != CHUTES__JSON_STRING) {
        return CHUTES_OK;
    }
    return chutes__json_append_string(value, buf);
}

/* X1 */
static chutes_status keep_head(struct chutes__accumulator *acc)
{
    const struct chutes__chunk *chunk = acc->chunk;
    chutes_status status = keep_first(&acc->id, &chunk->id);

    if (acc->created == 0) {
        acc->created = chunk->created;
    }
    return status == CHUTES_OK ? keep_first(&acc->model, &chunk->model)
                               : status;
}

static chutes_status drop_answer(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    drop_choices(acc);
    acc->text_len = 0;
    chutes__buf_clear(&acc->id);
    chutes__buf_clear(&acc->model);
    acc->created = 0;
    acc->has_usage = acc->at.owes_usage; /* of this chunk */
    chutes__accumulator_warn(acc, CHUTES__WARN_STREAM_RESTARTED);
    event.type = CHUTES_CHAT_EVENT_RESTART;
    event.choice_index = -1;
    return chutes__accumulator_tell(acc, &event);
}

/* *choice is gone afterwards, and another one is in its place: what the first
 * chunk of the new answer had told of it. */
static chutes_status restart(struct chutes__accumulator *acc,
                             struct chutes__accumulated_choice **choice)
{
    struct chutes__accumulated_start start = (*choice)->start;
    int index = (*choice)->index;
    chutes_status status;

    chutes__accumulated_start_init(&(*choice)->start);
    status = drop_answer(acc);
    *choice = status == CHUTES_OK ? reach_choice(acc, index) : NULL;
    if (*choice == NULL) {
        chutes__accumulated_start_dispose(&start);
        return status == CHUTES_OK ? CHUTES_ERR_NO_MEMORY : status;
    }
    chutes__buf_dispose(&acc->model);
    acc->model = start.model;
    acc->created = start.created;
    (*choice)->id = start.id;
    (*choice)->role = start.role;
    (*choice)->has_deltas = true;
    (*choice)->content.was_sent =
        start.has_content && !(*choice)->calls.forgets;
    return keep_head(acc);
}

/* Of the choice that a delta is about. */
static chutes_status begin_choice(struct chutes__accumulator *acc,
                                  const struct chutes__chunk_choice *delta,
                                  struct chutes__accumulated_choice **choice)
{
    bool restarts = false;
    chutes_status status;

    if (delta->index < 0 ||
        (uint64_t)delta->index >= acc->options.max_choices) {
        acc->limit.option = "max_choices";
        acc->limit.value = acc->options.max_choices;
        return CHUTES_ERR_TOO_LARGE;
    }
    *choice = reach_choice(acc, delta->index);
    if (*choice == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    if (acc->at.is_begun) {
        return CHUTES_OK;
    }
    status = chutes__accumulated_check_id(acc, *choice, delta, &restarts);
    return status == CHUTES_OK && restarts ? restart(acc, choice) : status;
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

static chutes_status tell_usage(struct chutes__accumulator *acc)
{
    chutes_chat_event event = {0};

    acc->at.owes_usage = false;
    event.type = CHUTES_CHAT_EVENT_USAGE;
    event.choice_index = -1;
    event.usage = &acc->usage;
    return chutes__accumulator_tell(acc, &event);
}

static void keep_usage(struct chutes__accumulator *acc)
{
    if (!acc->chunk->has_usage) {
        return;
    }
    if (acc->chunk->is_usage_odd) {
        chutes__accumulator_warn(acc, CHUTES__WARN_ODD_USAGE);
    }
    acc->has_usage = true;
    acc->usage = acc->chunk->usage;
    acc->at.owes_usage = true;
}

static chutes_status begin_object(struct chutes__accumulator *acc)
{
    chutes_status status;

    chutes__buf_clear(&acc->raw);
    status = chutes__buf_append(&acc->raw, acc->source.data, acc->source.len);
    if (status == CHUTES_OK) {
        status = keep_head(acc);
    }
    keep_usage(acc);
    number_choices(acc);
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
    chutes_status status = CHUTES_OK;

    if (acc->chunk == &acc->rest) {
        return CHUTES_OK;
    }
    acc->chunk = &acc->rest;
    acc->source = (struct chutes__slice){acc->raw.data, acc->raw.len};
    acc->at.is_in_calls = false; /* its elements were counted */
    chutes__chunk_reset(&acc->rest);
    if (has_choices) {
        status = chutes__chunk_parse(&acc->rest, acc->raw.data, acc->raw.len,
                                     acc->options.max_json_depth);
        number_choices(acc);
    }
    return status;
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
        return chunk->is_deep
                   ? chutes__fail_limit(error, "the nesting of the answer",
                                        "max_json_depth",
                                        acc->options.max_json_depth)
                   : chutes__fail_limit(error, "the answer", "max_choices",
                                        acc->options.max_choices);
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
        return chutes__fail_limit(error, "the answer", acc->limit.option,
                                  acc->limit.value);
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

/* F5: what has no choices and is no error may be text in the form of another
 * API. */
static void note_foreign_text(struct chutes__accumulator *acc,
                              enum chutes__data_kind kind)
{
    if (kind == CHUTES__DATA_CHUNK && !acc->chunk->is_error &&
        !acc->chunk->has_choices &&
        chutes__chunk_carries_text(acc->source.data, acc->source.len)) {
        chutes__error_copy(acc->dropped, sizeof(acc->dropped), acc->source.data,
                           acc->source.len);
    }
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

static void set_cursor(struct chutes__accumulator *acc, bool is_error_event)
{
    struct chutes__accumulator_cursor *at = &acc->at;

    at->choice = 0;
    at->is_begun = false;
    at->part = 0;
    at->call = 0;
    at->is_in_calls = false;
    at->owes_usage = false;
    at->is_error = acc->chunk->is_error || is_error_event;
    at->is_error_event = is_error_event;
}

chutes_status chutes__accumulator_apply(struct chutes__accumulator *acc,
                                        const char *json, size_t len,
                                        enum chutes__data_kind kind,
                                        chutes_error *error)
{
    bool is_error_event = kind == CHUTES__DATA_ERROR;
    chutes_status status;

    acc->source.data = json;
    acc->source.len = len;
    acc->limit.option = "max_stream_bytes";
    acc->limit.value = acc->options.max_text;
    acc->is_paused = false;
    status = read_chunk(acc);
    if (status == CHUTES_ERR_PROTOCOL && is_error_event) {
        return fail_by_server(acc, true, error);
    }
    if (status == CHUTES_ERR_PROTOCOL && kind == CHUTES__DATA_ASIDE) {
        return CHUTES_OK;
    }
    if (status != CHUTES_OK) {
        return fail_parse(acc, status, error);
    }
    set_cursor(acc, is_error_event);
    note_foreign_text(acc, kind);
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
    size_t asked = acc->options.asked > 1 ? acc->options.asked : 1;

    for (size_t i = 0; i < acc->choice_count; i++) {
        if (!acc->choices[i]->is_finished) {
            return false;
        }
    }
    return acc->choice_count >= asked;
}

bool chutes__accumulator_has_finished(const struct chutes__accumulator *acc)
{
    for (size_t i = 0; i < acc->choice_count; i++) {
        if (acc->choices[i]->is_finished &&
            !chutes__accumulated_is_failed(acc->choices[i])) {
            return true;
        }
    }
    return false;
}

bool chutes__accumulator_has_content(const struct chutes__accumulator *acc)
{
    return acc->choice_count > 0 || acc->has_usage;
}

const struct chutes__accumulated_choice *
chutes__accumulator_failed(const struct chutes__accumulator *acc)
{
    for (size_t i = 0; i < acc->choice_count; i++) {
        if (chutes__accumulated_is_failed(acc->choices[i])) {
            return acc->choices[i];
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
    acc->max_logprobs = SIZE_MAX;
    chutes__chunk_init(&acc->rest, options->max_choices);
    /* Of what was let in before. */
    chutes__buf_init(&acc->id, SIZE_MAX);
    chutes__buf_init(&acc->model, SIZE_MAX);
    chutes__buf_init(&acc->raw, SIZE_MAX);
    chutes__buf_init(&acc->scratch, SIZE_MAX);
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
    chutes__buf_dispose(&acc->scratch);
}
