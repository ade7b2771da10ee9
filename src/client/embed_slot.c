/* SPDX-License-Identifier: MIT */
/*
 * The answer to one of the requests of an embeddings call: decodes it, and
 * stores its parts in the result.
 */
#include "client/embed_slot.h"

#include <stdint.h>
#include <string.h>

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
                                       &slot->summary, error);
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
    const char *name = slot->summary.model;
    const char *model;

    if (response->model[0] != '\0') {
        return true;
    }
    model = chutes__arena_dup(&slot->call->arena,
                              (struct chutes__slice){name, strlen(name)});
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
    if (slot->summary.has_usage) {
        add_usage(slot->call->result, &slot->summary.usage);
    }
    chutes__matrix_keep(&slot->answer.matrix);
    return true;
}
