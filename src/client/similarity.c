/* SPDX-License-Identifier: MIT */
/*
 * Measures how similar two vectors are.
 */
#include "client/similarity.h"

#include <math.h>
#include <stdbool.h>

/* Sums that don't depend on each other, so that a compiler may compute several
 * at once without changing the result. */
enum { LANES = 16 };

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
static double dot_in_double(const float *left, const float *right, size_t count)
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

double chutes__similarity_square(const float *vector, size_t count)
{
    return dot_in_double(vector, vector, count);
}

double chutes__similarity_measure(const chutes_top_k_params *params,
                                  const float *row, double query_square)
{
    double product = dot(row, params->query, params->dimension);
    double square;

    if (!isfinite(product)) {
        product = dot_in_double(row, params->query, params->dimension);
    }
    if (params->similarity == CHUTES_SIMILARITY_DOT) {
        return product;
    }
    /* The row is in the cache. One loop for both sums would not be turned into
     * vector instructions. */
    square = dot(row, row, params->dimension);
    if (!is_usual(square) || !is_usual(query_square)) {
        square = dot_in_double(row, row, params->dimension);
        product = dot_in_double(row, params->query, params->dimension);
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

double chutes__similarity_finish(chutes_similarity similarity, double measured)
{
    double root;

    if (similarity == CHUTES_SIMILARITY_DOT) {
        return measured;
    }
    root = root_of(fabs(measured));
    return measured < 0 ? -root : root;
}
