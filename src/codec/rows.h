/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ROWS_H
#define CHUTES_CODEC_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The vectors of one call, in one block of memory. Several answers add vectors
 * at the same time, and some answers are dropped. A server that lies about the
 * dimension must not make the client allocate a matrix for all inputs, so there
 * are only as many places as the bytes received justify. A row gets its own
 * place if that exists and is free, or else any free one; the rows are sorted
 * at the end.
 */
struct chutes__rows {
    float *values;
    size_t *held;      /* for each place: the row in it, or NONE */
    size_t count;      /* rows expected */
    size_t capacity;   /* places */
    size_t dimension;  /* 0 while no matrix has rows in them */
    size_t matrices;   /* number of matrices that have rows here */
    size_t used;       /* places that are not free */
    size_t first_free; /* all places before it are taken */
    size_t received;   /* bytes of all answers, which the owner adds up */
};

#define CHUTES__ROWS_NONE SIZE_MAX

void chutes__rows_init(struct chutes__rows *rows, size_t count);
void chutes__rows_dispose(struct chutes__rows *rows);

/* Registers a matrix with rows of this dimension. Returns false if the rows of
 * other matrices have another dimension. */
bool chutes__rows_join(struct chutes__rows *rows, size_t dimension);

/* Removes a matrix, which must have released all of its places. */
void chutes__rows_leave(struct chutes__rows *rows);

/* Reserves a place for a row, which may move all values. Returns false if
 * memory runs out. */
bool chutes__rows_take(struct chutes__rows *rows, size_t row, size_t *place)
    __attribute__((warn_unused_result));
void chutes__rows_release(struct chutes__rows *rows, size_t place);

/* Moves every row to the place with the row's number, which must exist. */
void chutes__rows_arrange(struct chutes__rows *rows);

static inline float *chutes__rows_at(const struct chutes__rows *rows,
                                     size_t place)
{
    return rows->values + place * rows->dimension;
}

#endif
