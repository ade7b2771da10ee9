/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_SIMILARITY_H
#define CHUTES_CLIENT_SIMILARITY_H

#include <stddef.h>

#include <chutes/top_k.h>

/* Returns the sum of the squares of a vector's numbers. */
double chutes__similarity_square(const float *vector, size_t count);

/* Returns the similarity of a row and the query or, for the cosine, its square
 * with its sign: it orders the rows in the same way, and needs no root per row.
 * `query_square` is the sum of the squares of the query. */
double chutes__similarity_measure(const chutes_top_k_params *params,
                                  const float *row, double query_square);

/* Returns the similarity that was measured like that. */
double chutes__similarity_finish(chutes_similarity similarity, double measured);

#endif
