/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_SHAPES_H
#define CHUTES_BENCH_SHAPES_H

#include <stddef.h>
#include <stdio.h>

/*
 * The chunks that servers send: one shape for each habit of a server that
 * changes the client's work. The bytes are the same in each run.
 */
struct shape {
    const char *name;
    const char *title;
    int choices;
    /* A stream repeats these chunks in order; NULL after the last. See shapes.c
     * for what `$` stands for. */
    const char *chunks[8];
};

extern const struct shape shapes[];
extern const size_t shape_count;

/* Returns NULL if there is none. */
const struct shape *shape_find(const char *name);

/* Writes the chunks that begin a stream, with the role. */
void shape_write_begin(const struct shape *shape, FILE *out);
/* Writes one chunk as a server-sent event; the first is number 0. */
void shape_write_event(const struct shape *shape, size_t number, FILE *out);
/* Writes what ends a stream: the finish reasons and [DONE]. */
void shape_write_end(const struct shape *shape, FILE *out);

#endif
