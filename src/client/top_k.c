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

CHUTES__ASSERT_NO_TAIL(chutes_top_k_params, reserved);

/* Sums that don't depend on each other, so that a compiler may compute several
 * at once without changing the result. */
enum { LANES = 16 };

/* ---- a row --------------------------------------------------------------- */

static double add_lanes(const float *lanes)
{
    double sum = 0;

    for (size_t lane = 0; lane < LANES; lane++) {
        sum += (double)lanes[lane];
    }
    return sum;
}

/* Returns the dot product of two vectors. */
static double dot(const float *left, const float *right, size_t count)
{
    float lanes[LANES] = {0};
    size_t whole = count - count % LANES;

    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            lanes[lane] += left[i + lane] * right[i + lane];
        }
    }
    for (size_t i = whole; i < count; i++) {
        lanes[i - whole] += left[i] * right[i];
    }
    return add_lanes(lanes);
}

/* Does the same for vectors whose products don't fit into floats. */
static double dot_widely(const float *left, const float *right, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (double)left[i] * (double)right[i];
    }
    return sum;
}

/* Returns true if the sum of the squares was computed in floats without
 * overflow, and without losing digits to underflow. */
static bool is_usual(double square)
{
    return square > 1e-30 && isfinite(square);
}

/* Returns the similarity or, for the cosine, its square with its sign: it
 * orders the rows in the same way, and needs no root per row. */
static double measure(const chutes_top_k_params *params, const float *row,
                      double query_square)
{
    double product = dot(row, params->query, params->dimension);
    double square;

    if (!isfinite(product)) {
        product = dot_widely(row, params->query, params->dimension);
    }
    if (params->similarity == CHUTES_SIMILARITY_DOT) {
        return product;
    }
    /* The row is in the cache. One loop for both sums would not be turned into
     * vector instructions. */
    square = dot(row, row, params->dimension);
    if (!is_usual(square) || !is_usual(query_square)) {
        square = dot_widely(row, row, params->dimension);
        product = dot_widely(row, params->query, params->dimension);
    }
    if (square == 0 || query_square == 0) {
        return 0;
    }
    return product * fabs(product) / (square * query_square);
}

/* Computes the square root with Newton's method, because the library needs libm
 * for nothing else. */
static double root_of(double square)
{
    double root = square < 1 ? 1 : square;

    for (int i = 0; i < 100 && root * root - square > square * 1e-15; i++) {
        root = (root + square / root) / 2;
    }
    return square == 0 ? 0 : root;
}

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
        dot_widely(params->query, params->query, params->dimension);
    size_t count = 0;

    for (size_t i = 0; i < params->count; i++) {
        const float *row = params->rows + i * params->dimension;
        const chutes_top_k_hit hit = {i, measure(params, row, query_square)};

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
    if (params->similarity == CHUTES_SIMILARITY_DOT) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        double root = root_of(fabs(heap[i].score));

        heap[i].score = heap[i].score < 0 ? -root : root;
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
