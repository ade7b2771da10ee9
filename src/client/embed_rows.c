/* SPDX-License-Identifier: MIT */
/*
 * The answers to the requests of an embeddings call: decodes them and puts
 * their rows in the order of the inputs.
 */
#include "client/embed_rows.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* ---- what the request reports -------------------------------------------- */

void chutes__embed_on_restart(void *ctx)
{
    struct chutes__embed_slot *slot = ctx;

    chutes__embed_answer_clear(&slot->answer);
}

/* Text that need not be stored is decoded as it arrives. */
chutes_status chutes__embed_on_growth(void *ctx, struct chutes__buf *answer,
                                      size_t len)
{
    struct chutes__embed_slot *slot = ctx;
    struct chutes__embed_call *call = slot->call;

    /* The bytes received limit the size of the matrix, see codec/rows.h. */
    if (__builtin_add_overflow(call->rows.received, len,
                               &call->rows.received)) {
        call->rows.received = SIZE_MAX;
    }
    if (!call->keeps_raw) {
        chutes__embed_answer_consume(&slot->answer, answer);
    }
    return CHUTES_OK;
}

chutes_status chutes__embed_decode(void *ctx, struct chutes__slice answer,
                                   chutes_error *error)
{
    struct chutes__embed_slot *slot = ctx;

    return chutes__embed_answer_finish(&slot->answer, answer, &slot->json.arena,
                                       &slot->told, error);
}

void chutes__embed_expect(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    const struct chutes__embed_shape shape = {
        &call->rows, slot->part->view->first, slot->part->view->count,
        call->wanted_dimension};

    chutes__embed_answer_init(&slot->answer, shape,
                              call->call.config->options.max_json_depth);
}

/* ---- usage --------------------------------------------------------------- */

/* Adds a count unless it is -1, which means that it was not sent. */
static void add_tokens(int64_t *sum, int64_t tokens)
{
    if (*sum < 0) {
        *sum = tokens;
    } else if (tokens > 0 && __builtin_add_overflow(*sum, tokens, sum)) {
        *sum = INT64_MAX;
    }
}

static void add_usage(struct chutes__embed_result *result,
                      const chutes_usage *usage)
{
    const chutes_embed_response *response = &result->response;

    if (response->usage == NULL) {
        result->usage = *usage;
        result->response.usage = &result->usage;
        return;
    }
    add_tokens(&result->usage.prompt_tokens, usage->prompt_tokens);
    add_tokens(&result->usage.completion_tokens, usage->completion_tokens);
    add_tokens(&result->usage.total_tokens, usage->total_tokens);
    add_tokens(&result->usage.cached_tokens, usage->cached_tokens);
    add_tokens(&result->usage.reasoning_tokens, usage->reasoning_tokens);
}

/* ---- a whole answer ------------------------------------------------------ */

static bool store_model(struct chutes__embed_slot *slot)
{
    chutes_embed_response *response = &slot->call->result->response;
    const char *told = slot->told.model;
    const char *model;

    if (response->model[0] != '\0') {
        return true;
    }
    model = chutes__arena_dup(&slot->call->arena,
                              (struct chutes__slice){told, strlen(told)});
    response->model = model != NULL ? model : "";
    return model != NULL;
}

static bool store_text(struct chutes__embed_slot *slot)
{
    struct chutes__embed_call *call = slot->call;
    chutes_embed_part *view = slot->part->view;
    size_t len = slot->json.answer.len;
    char *text;

    if (!call->keeps_raw) {
        return true;
    }
    text = chutes__buf_take(&slot->json.answer);
    if (text == NULL) {
        return false;
    }
    call->result->answers[slot->part - call->parts] = text;
    view->raw_json = text;
    view->raw_len = len;
    return true;
}

bool chutes__embed_store_answer(struct chutes__embed_slot *slot)
{
    if (!store_model(slot) || !store_text(slot)) {
        return false;
    }
    if (slot->told.has_usage) {
        add_usage(slot->call->result, &slot->told.usage);
    }
    chutes__matrix_keep(&slot->answer.matrix);
    return true;
}

/* ---- their order --------------------------------------------------------- */

/* Returns the part that contains the input. */
static const struct chutes__embed_part *
find_part(const struct chutes__embed_call *call, size_t input)
{
    size_t first = 0;
    size_t last = call->result->response.part_count;

    while (last - first > 1) {
        size_t middle = first + (last - first) / 2;

        if (call->parts[middle].view->first <= input) {
            first = middle;
        } else {
            last = middle;
        }
    }
    return &call->parts[first];
}

/* If some parts failed, renumbers the rows of the others without gaps. */
static void close_gaps(struct chutes__embed_call *call)
{
    struct chutes__rows *rows = &call->rows;

    for (size_t place = 0; place < rows->capacity; place++) {
        size_t input = rows->held[place];

        if (input != CHUTES__ROWS_NONE) {
            const struct chutes__embed_part *part = find_part(call, input);

            rows->held[place] = part->row + (input - part->view->first);
        }
    }
}

/* Decides where in the result the rows of each part begin. */
static void number_rows(struct chutes__embed_call *call)
{
    size_t row = 0;

    for (size_t i = 0; i < call->result->response.part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        part->row = row;
        row += part->view->status == CHUTES_OK ? part->view->count : 0;
    }
}

void chutes__embed_arrange(struct chutes__embed_call *call)
{
    struct chutes__rows *rows = &call->rows;
    struct chutes__embed_result *result = call->result;
    chutes_embed_response *response = &result->response;
    bool is_whole = rows->used == rows->count;

    number_rows(call);
    if (!is_whole) {
        close_gaps(call);
    }
    chutes__rows_arrange(rows);
    result->values = rows->values;
    response->dimension = rows->dimension;
    /* Callers index the matrix by input, which works only without gaps. */
    response->values = is_whole ? result->values : NULL;
    rows->values = NULL;
    for (size_t i = 0; i < response->part_count; i++) {
        struct chutes__embed_part *part = &call->parts[i];

        if (part->view->status == CHUTES_OK) {
            part->view->values =
                result->values + part->row * response->dimension;
        }
    }
}
