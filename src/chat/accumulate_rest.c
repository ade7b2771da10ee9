/* SPDX-License-Identifier: MIT */
/* Stores the part of a chunk that a pause has left. Until the resume, the
 * caller may reuse its bytes, and other streams options.chunk, so this parses a
 * copy of the bytes again, into a chunk that belongs to this accumulator. */
#include "chat/accumulate.h"
#include "chat/accumulated.h"

#include "base/mem.h"

/* The response holds a copy of the last chunk, and a pause may leave part of
 * this one. */
chutes_status chutes__accumulator_keep_chunk(struct chutes__accumulator *acc)
{
    if (acc->source.data == acc->raw.data) {
        return CHUTES_OK; /* a whole answer, or a rest */
    }
    chutes__buf_clear(&acc->raw);
    return chutes__buf_append(&acc->raw, acc->source.data, acc->source.len);
}

static chutes_status reach_rest(struct chutes__accumulator *acc)
{
    if (acc->rest == NULL) {
        acc->rest = chutes__mem_alloc(sizeof(*acc->rest));
        if (acc->rest == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
        chutes__chunk_init(acc->rest, acc->options.max_choices);
    }
    return CHUTES_OK;
}

chutes_status chutes__accumulator_store_rest(struct chutes__accumulator *acc)
{
    bool has_choices = acc->at.choice < acc->chunk->choice_count;
    chutes_status status = CHUTES_OK;

    if (acc->chunk == acc->rest) {
        return CHUTES_OK; /* stored by an earlier pause in the same chunk */
    }
    status = chutes__accumulator_keep_chunk(acc);
    if (status == CHUTES_OK) {
        status = reach_rest(acc);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    acc->chunk = acc->rest;
    acc->source = chutes__buf_slice(&acc->raw);
    acc->at.is_in_calls = false; /* chunk->calls is not open */
    chutes__chunk_reset(acc->rest);
    /* If only USAGE is left to report, acc->usage already holds it. */
    if (has_choices) {
        status = chutes__chunk_parse(acc->rest, acc->raw.data, acc->raw.len,
                                     acc->options.max_json_depth);
        chutes__accumulator_number_choices(acc);
    }
    return status;
}

void chutes__accumulator_drop_rest(struct chutes__accumulator *acc)
{
    if (acc->rest != NULL) {
        chutes__chunk_dispose(acc->rest);
        chutes__mem_free(acc->rest);
        acc->rest = NULL;
    }
}
