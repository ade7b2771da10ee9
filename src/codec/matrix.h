/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MATRIX_H
#define CHUTES_CODEC_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/arena.h"
#include "json/reader.h"

/*
 * The vectors of an embeddings answer, in one piece of memory. Failures are
 * told as they stand in the answer: "data[3].embedding: …".
 */

/* Rows are stored in the order of arrival, because an item may tell its index
 * after its numbers, and are put in order at the end. */
struct chutes__matrix {
    float *values;
    size_t count;            /* rows expected */
    size_t wanted_dimension; /* 0: any */
    size_t dimension;        /* 0 until the first row came */
    size_t filled;           /* rows that came */
    int64_t *place;          /* the index of each row that came */
    bool *taken;             /* places that a row was found for */
    size_t answer_len;       /* bytes of text */
    struct chutes__arena *arena;
    chutes_error *error;
};

/* The other members of `matrix` are set, and the rest is zero. */
chutes_status chutes__matrix_init(struct chutes__matrix *matrix)
    __attribute__((warn_unused_result));

/* Reads the value of the next row's `embedding`, whatever its encoding. */
chutes_status chutes__matrix_read_row(struct chutes__matrix *matrix,
                                      struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* Ends the next row, and keeps its `index`; one without an index belongs where
 * it came. */
chutes_status chutes__matrix_place_row(struct chutes__matrix *matrix,
                                       const struct chutes__json_value *index)
    __attribute__((warn_unused_result));

/* Once all rows have come: checks that their indexes are consecutive, from
 * whatever number on, and puts the rows in that order. */
chutes_status chutes__matrix_finish(struct chutes__matrix *matrix)
    __attribute__((warn_unused_result));

/* Moves row i to place[i], for all of them and within the matrix; `place` holds
 * each number below count once, and is sorted in the end. */
void chutes__matrix_arrange(float *values, int64_t *place, size_t count,
                            size_t dimension);

#endif
