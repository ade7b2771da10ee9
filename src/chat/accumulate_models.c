/* SPDX-License-Identifier: MIT */
/* Reads chunks. Most resemble an earlier chunk, a model, so they needn't be
 * parsed. Servers mix text, reasoning and tool calls, so there are several
 * models. */
#include "chat/accumulated.h"

#include "base/mem.h"

enum { VAIN_CHUNKS = 16 };

static bool has_shape_of(struct chutes__accumulator *acc,
                         struct chutes__chunk_shape *shape,
                         const struct chutes__buf *text)
{
    return chutes__chunk_shape_match(
        shape, (struct chutes__slice){text->data, text->len}, acc->chunk,
        acc->source, acc->options.max_json_depth);
}

/* Exchanges the last chunk, which the next one will replace, and a model. */
static void swap_with_raw(struct chutes__accumulator *acc,
                          struct chutes__accumulator_model *model)
{
    struct chutes__accumulator_model last = {acc->raw, acc->shape};

    acc->raw = model->text;
    acc->shape = model->shape;
    *model = last;
}

/* Looks for a chunk with the same shape, and makes it the last one. */
static bool find_model(struct chutes__accumulator *acc)
{
    if (has_shape_of(acc, &acc->shape, &acc->raw)) {
        return true;
    }
    for (size_t i = 0; acc->models != NULL && i < CHUTES__MODEL_COUNT; i++) {
        struct chutes__accumulator_model *model = &acc->models[i];

        if (has_shape_of(acc, &model->shape, &model->text)) {
            swap_with_raw(acc, model);
            return true;
        }
    }
    return false;
}

/* Makes the last chunk a model. The memory of the oldest one serves the next
 * chunk. */
static chutes_status keep_raw(struct chutes__accumulator *acc)
{
    if (acc->models == NULL) {
        acc->models =
            chutes__mem_zalloc(CHUTES__MODEL_COUNT * sizeof(*acc->models));
        if (acc->models == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        for (size_t i = 0; i < CHUTES__MODEL_COUNT; i++) {
            chutes__buf_init(&acc->models[i].text, SIZE_MAX);
        }
    }
    swap_with_raw(acc, &acc->models[acc->oldest_model]);
    acc->oldest_model = (acc->oldest_model + 1) % CHUTES__MODEL_COUNT;
    return CHUTES_OK;
}

static chutes_status note_shape(struct chutes__accumulator *acc)
{
    struct chutes__chunk_shape shape;
    chutes_status status = CHUTES_OK;

    chutes__chunk_shape_note(&shape, acc->chunk, acc->source);
    /* Chunks without a shape are few, such as the first and the last. They
     * don't replace models. */
    if (shape.count > 0 && acc->shape.count > 0) {
        status = keep_raw(acc);
    }
    acc->shape = shape;
    return status;
}

/* Returns true if models are worth their while. After some chunks in vain, only
 * two in a row are compared from time to time. */
static bool uses_models(const struct chutes__accumulator *acc)
{
    return acc->vain_chunks < VAIN_CHUNKS || acc->vain_chunks % VAIN_CHUNKS < 2;
}

chutes_status chutes__accumulator_read_chunk(struct chutes__accumulator *acc)
{
    bool uses = uses_models(acc);
    chutes_status status;

    acc->chunk->max_choices = acc->options.max_choices;
    if (uses && find_model(acc)) {
        acc->vain_chunks = 0;
        return CHUTES_OK;
    }
    acc->vain_chunks++;
    status = chutes__chunk_parse(acc->chunk, acc->source.data, acc->source.len,
                                 acc->options.max_json_depth);
    if (status == CHUTES_OK && uses) {
        return note_shape(acc);
    }
    acc->shape.count = 0;
    return status;
}

void chutes__accumulator_drop_models(struct chutes__accumulator *acc)
{
    for (size_t i = 0; acc->models != NULL && i < CHUTES__MODEL_COUNT; i++) {
        chutes__buf_dispose(&acc->models[i].text);
    }
    chutes__mem_free(acc->models);
    acc->models = NULL;
}
