/* SPDX-License-Identifier: MIT */
/*
 * Finds the rows of a matrix that are most similar to a vector.
 */
#include <chutes/top_k.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "client/params.h"
#include "client/similarity.h"

CHUTES__ASSERT_NO_TAIL(chutes_top_k_params, reserved);

/* ---- the best rows ------------------------------------------------------- */

static bool is_worse(const chutes_top_k_hit *left,
                     const chutes_top_k_hit *right)
{
    return left->score < right->score ||
           (left->score == right->score && left->index > right->index);
}

/* Puts `hit` into a heap whose first place, with the worst hit, is free. */
static void sink(chutes_top_k_hit *heap, size_t count, chutes_top_k_hit hit)
{
    size_t place = 0;
    size_t child = 1;

    while (child < count) {
        if (child + 1 < count && is_worse(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (!is_worse(&heap[child], &hit)) {
            break;
        }
        heap[place] = heap[child];
        place = child;
        child = 2 * place + 1;
    }
    heap[place] = hit;
}

/* Appends a hit to a heap of `count`. */
static void rise(chutes_top_k_hit *heap, size_t count, chutes_top_k_hit hit)
{
    size_t place = count;

    while (place > 0 && is_worse(&hit, &heap[(place - 1) / 2])) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = hit;
}

static size_t find(const chutes_top_k_params *params, chutes_top_k_hit *heap,
                   size_t room)
{
    double query_square =
        chutes__similarity_square(params->query, params->dimension);
    size_t count = 0;

    for (size_t i = 0; i < params->count; i++) {
        const float *row = params->rows + i * params->dimension;
        const chutes_top_k_hit hit = {
            i, chutes__similarity_measure(params, row, query_square)};

        if (!isfinite(hit.score)) {
            continue;
        }
        if (count < room) {
            rise(heap, count, hit);
            count++;
        } else if (is_worse(&heap[0], &hit)) {
            sink(heap, count, hit);
        }
    }
    return count;
}

/* Sorts a heap, the best first, and completes the scores. */
static void sort(const chutes_top_k_params *params, chutes_top_k_hit *heap,
                 size_t count)
{
    for (size_t left = count; left > 1; left--) {
        chutes_top_k_hit worst = heap[0];

        sink(heap, left - 1, heap[left - 1]);
        heap[left - 1] = worst;
    }
    for (size_t i = 0; i < count; i++) {
        heap[i].score =
            chutes__similarity_finish(params->similarity, heap[i].score);
    }
}

/* ---- the interface ------------------------------------------------------- */

static const char *find_fault(const chutes_top_k_params *params, size_t room)
{
    if (params->dimension == 0) {
        return "dimension must be 1 or more";
    }
    if (params->query == NULL) {
        return "query must not be NULL";
    }
    if (params->rows == NULL && params->count > 0) {
        return "rows must not be NULL";
    }
    if (params->count > SIZE_MAX / sizeof(float) / params->dimension) {
        return "count is too large for the dimension";
    }
    if (params->similarity != CHUTES_SIMILARITY_COSINE &&
        params->similarity != CHUTES_SIMILARITY_DOT) {
        return "similarity is unknown";
    }
    for (size_t i = 0; i < params->dimension; i++) {
        if (!isfinite(params->query[i])) {
            return "query must hold finite numbers";
        }
    }
    return room == 0 ? "hit_count must be 1 or more" : NULL;
}

chutes_status chutes_embed_top_k(const chutes_top_k_params *params,
                                 chutes_top_k_hit *hits, size_t *hit_count,
                                 chutes_error *error)
{
    chutes_top_k_params own = chutes_top_k_params_default();
    size_t room = hit_count != NULL ? *hit_count : 0;
    const char *fault;
    chutes_status status;

    chutes__error_clear(error);
    if (hit_count == NULL || hits == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            hits == NULL ? "hits" : "hit_count");
    }
    *hit_count = 0;
    status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                 "params", error);
    if (status != CHUTES_OK) {
        return status;
    }
    fault = find_fault(&own, room);
    if (fault != NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", fault);
    }
    *hit_count = find(&own, hits, room);
    sort(&own, hits, *hit_count);
    return CHUTES_OK;
}
