/* SPDX-License-Identifier: MIT */
/* Reads chunks. Most resemble an earlier chunk, a model, so they needn't be
 * parsed. Servers mix text, reasoning and tool calls, so there are several
 * models. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "base/mem.h"

enum { VAIN_CHUNKS = 16 };

/* Returns true if comparing chunks with the models is likely to pay off. After
 * VAIN_CHUNKS chunks without a match, only two of every VAIN_CHUNKS chunks are
 * compared. */
static bool uses_models(const struct chutes__accumulator *acc)
{
    return acc->vain_chunks < VAIN_CHUNKS || acc->vain_chunks % VAIN_CHUNKS < 2;
}

/* ---- chunks like a model ------------------------------------------------- */

/* Drops logprobs that an earlier comparison read but nobody stored: the bytes
 * they came from may have changed. */
static void drop_fresh(struct chutes__accumulator *acc)
{
    if (acc->logprobs != NULL) {
        chutes__logprobs_drop(acc->logprobs);
    }
}

static inline size_t match_model(const struct chutes__accumulator *acc,
                                 struct chutes__accumulator_model *model,
                                 struct chutes__slice bytes,
                                 struct chutes__chunk_match *match)
{
    struct chutes__slice text = {model->text.data, model->text.len};

    return chutes__chunk_shape_match(&model->shape, text, bytes,
                                     acc->options.max_json_depth, match);
}

/* Compares the bytes with all models but *model. Returns the length of the
 * chunk, and sets *model to its model. */
static size_t match_others(struct chutes__accumulator *acc,
                           struct chutes__accumulator_model **model,
                           struct chutes__slice bytes,
                           struct chutes__chunk_match *match)
{
    const struct chutes__accumulator_model *known = *model;
    size_t len = 0;

    for (size_t i = 0; i < acc->model_count && len == 0; i++) {
        *model = acc->models[i];
        if (*model != known) {
            len = match_model(acc, *model, bytes, match);
        }
    }
    return len;
}

size_t chutes__accumulator_match(struct chutes__accumulator *acc,
                                 struct chutes__slice bytes,
                                 struct chutes__chunk_match *match)
{
    bool is_known = bytes.data == acc->unlike;
    struct chutes__accumulator_model *model;
    size_t len;

    acc->unlike = NULL;
    drop_fresh(acc);
    match->logprobs = acc->logprobs;
    if (acc->last_model == NULL || is_known || !uses_models(acc)) {
        return 0;
    }
    model = acc->last_model->next; /* the likeliest */
    len = match_model(acc, model, bytes, match);
    if (len == 0) {
        len = match_others(acc, &model, bytes, match);
    }
    if (len == 0) {
        acc->unlike = bytes.data;
        return 0;
    }
    if (match->is_new) {
        /* Forget the routes here, because the caller may not apply the
         * match. */
        model->choice = NULL;
        model->choices = 0;
    }
    acc->last_model->next = model;
    acc->last_model = model;
    acc->vain_chunks = 0;
    return len;
}

/* ---- other chunks -------------------------------------------------------- */

/* Returns the model to replace, or a new one; NULL if memory runs out. */
static struct chutes__accumulator_model *
claim_model(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_model *model;

    if (acc->model_count == CHUTES__MAX_MODELS) {
        model = acc->models[acc->oldest_model];
        acc->oldest_model = (acc->oldest_model + 1) % CHUTES__MAX_MODELS;
        return model;
    }
    model = chutes__mem_zalloc(sizeof(*model));
    if (model != NULL) {
        chutes__buf_init(&model->text, SIZE_MAX);
        acc->models[acc->model_count++] = model;
    }
    return model;
}

static chutes_status note_model(struct chutes__accumulator *acc)
{
    struct chutes__accumulator_model *model;
    struct chutes__chunk_shape shape;
    chutes_status status;

    chutes__chunk_shape_note(&shape, acc->chunk, acc->source);
    if (shape.count == 0) {
        return CHUTES_OK;
    }
    if (chutes__chunk_shape_varies(&shape, CHUTES__MARK_LOGPROBS) &&
        chutes__accumulator_reach_logprobs(acc) == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    model = claim_model(acc);
    if (model == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    chutes__buf_clear(&model->text);
    model->shape.count = 0;
    status =
        chutes__buf_append(&model->text, acc->source.data, acc->source.len);
    if (status == CHUTES_OK) {
        model->shape = shape;
    }
    model->next = model; /* a run of such chunks is likely */
    if (acc->last_model != NULL) {
        acc->last_model->next = model;
    }
    acc->last_model = model;
    return status;
}

chutes_status chutes__accumulator_parse(struct chutes__accumulator *acc)
{
    bool uses = !acc->is_whole && uses_models(acc);
    chutes_status status;

    chutes__accumulator_forget_routes(acc);
    drop_fresh(acc);
    acc->vain_chunks++;
    acc->chunk->max_choices = acc->options.max_choices;
    acc->chunk->room = acc->is_whole ? &acc->room : NULL;
    status = chutes__chunk_parse(acc->chunk, acc->source.data, acc->source.len,
                                 acc->options.max_json_depth);
    return status == CHUTES_OK && uses ? note_model(acc) : status;
}

void chutes__accumulator_drop_models(struct chutes__accumulator *acc)
{
    while (acc->model_count > 0) {
        acc->model_count--;
        chutes__buf_dispose(&acc->models[acc->model_count]->text);
        chutes__mem_free(acc->models[acc->model_count]);
    }
    acc->last_model = NULL;
}
