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
 * The vectors of one embeddings answer, which are some of the rows of a call.
 * Error messages name the place in the answer: "data[3].embedding: …".
 */

/* A row that was read. */
struct chutes__matrix_row {
    size_t place;  /* where it is in `rows` */
    int64_t index; /* `index` of the item */
    bool is_there; /* set at the end: an index refers to this row */
};

/* An item may have its index after its numbers, so rows are stored in the order
 * in which they arrive and reordered at the end. */
struct chutes__matrix {
    struct chutes__rows *rows; /* shared by all answers of the call */
    size_t first;              /* number of its first row */
    size_t count;              /* rows expected */
    size_t wanted_dimension;   /* 0: any */
    size_t dimension;          /* 0 until the first row is read */
    size_t filled;             /* rows that were read */
    size_t taken;              /* places taken; maybe one more than `filled` */
    struct chutes__matrix_row *told;
    size_t removed; /* bytes of the answer that were removed from its text */
    chutes_error *error;
};

/* Describes the fault of the reader, with an offset that includes the removed
 * bytes. */
chutes_status chutes__matrix_fault(const struct chutes__matrix *matrix,
                                   struct chutes__json_reader *reader);

/* Reads the `embedding` of the next row, in any encoding. After a failure, the
 * row may be read again from its beginning. */
chutes_status chutes__matrix_read_row(struct chutes__matrix *matrix,
                                      struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

/* Ends the row that was read and stores its `index`, or its position if it has
 * no index. */
chutes_status chutes__matrix_place_row(struct chutes__matrix *matrix,
                                       const struct chutes__json_value *index)
    __attribute__((warn_unused_result));

/* Call this when all rows have been read. It checks that their indexes are
 * consecutive, starting at any number, and stores for each place in `rows` the
 * number of its row. */
chutes_status chutes__matrix_finish(struct chutes__matrix *matrix)
    __attribute__((warn_unused_result));

/* Empties the matrix and leaves its rows in `rows`. */
void chutes__matrix_keep(struct chutes__matrix *matrix);

/* Empties the matrix and releases the places of its rows. */
void chutes__matrix_release(struct chutes__matrix *matrix);

#endif
