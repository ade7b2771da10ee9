/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_HOSTILE_H
#define CHUTES_TESTS_HOSTILE_H

#include <stddef.h>

/*
 * Answers that cost a careless client more than they cost the server: shapes
 * that any number of bytes can be made of.
 */
enum hostile_kind {
    HOSTILE_STREAM, /* a streamed chat */
    HOSTILE_WHOLE,  /* a chat that came as one document */
    HOSTILE_EMBED,  /* of two texts */
    HOSTILE_MODELS
};

struct hostile_shape {
    const char *name;
    enum hostile_kind kind;
    int http_status;
    const char *open;
    /* Repeated. "%d" counts up, "%m" counts up to 127 and starts anew, "%x" is
     * a text of 1,000 bytes. */
    const char *unit;
    const char *close;
};

extern const struct hostile_shape HOSTILE_SHAPES[];
extern const size_t HOSTILE_SHAPE_COUNT;

/* The body of about `size` bytes, with malloc(). */
char *hostile_body(const struct hostile_shape *shape, size_t size, size_t *len);

#endif
