/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MATRIX_H
#define CHUTES_CODEC_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "codec/rows.h"
#include "json/reader.h"

/*
 * The vectors of one embeddings answer: some of the rows of its call. Failures
 * are told as they stand in the answer: "data[3].embedding: …".
 */

/* A row that came. */
struct chutes__matrix_row {
    size_t place;  /* where it is in `rows` */
    int64_t index; /* as the item says */
    bool is_there; /* at the end: one has the index that belongs here */
};

/* An item may tell its index behind its numbers, so rows are stored as if they
 * came in order, and the indexes count at the end. */
struct chutes__matrix {
    struct chutes__rows *rows; /* of the call */
    size_t first;              /* its first one of them */
    size_t count;              /* rows expected */
    size_t wanted_dimension;   /* 0: any */
    size_t dimension;          /* 0 until the first row came */
    size_t filled;             /* rows that came */
    size_t taken;              /* places for them, perhaps for one more */
    struct chutes__matrix_row *told;
    size_t removed; /* bytes of the answer that are no longer in its text */
    chutes_error *error;
};

/* Fills the error for what the reader refused. */
chutes_status chutes__matrix_fault(const struct chutes__matrix *matrix,
                                   struct chutes__json_reader *reader);

/* Reads the value of the next row's `embedding`, whatever its encoding. Where
 * that fails the row may be read once more, from the beginning. */
chutes_status chutes__matrix_read_row(struct chutes__matrix *matrix,
                                      struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* Ends the next row, and keeps its `index`; one without an index belongs where
 * it came. */
chutes_status chutes__matrix_place_row(struct chutes__matrix *matrix,
                                       const struct chutes__json_value *index)
    __attribute__((warn_unused_result));

/* Once all rows have come: checks that their indexes are consecutive, from
 * whatever number on, and tells `rows` which row is where. */
chutes_status chutes__matrix_finish(struct chutes__matrix *matrix)
    __attribute__((warn_unused_result));

/* Leaves the rows in `rows`, and is empty afterwards. */
void chutes__matrix_keep(struct chutes__matrix *matrix);

/* Gives the places of its rows back, and is empty afterwards. */
void chutes__matrix_release(struct chutes__matrix *matrix);

#endif
