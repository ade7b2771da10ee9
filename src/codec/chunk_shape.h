/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_SHAPE_H
#define CHUTES_CODEC_CHUNK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/chunk.h"

/*
 * Most chunks of a stream differ from an earlier one only in a piece of text
 * and a few other values, such as the numbers of their usage. Such a chunk
 * needs no full parsing: bytes that equal those of a valid chunk are valid and
 * mean the same, so only the values between them must be read.
 *
 * The shape marks these values in the earlier chunk, in the order of the text.
 * A zeroed struct is no shape. The caller stores the text of that chunk.
 */
enum { CHUTES__SHAPE_MARKS = 12 };

struct chutes__chunk_mark {
    uint32_t at; /* the value, as in chutes__json_value: without quotes */
    uint32_t len;
    unsigned char kind; /* which value it is, see chunk_shape.c */
    unsigned char type; /* enum chutes__json_type */
    bool plain;
};

struct chutes__chunk_shape {
    struct chutes__chunk_mark marks[CHUTES__SHAPE_MARKS];
    size_t count;       /* of marks; 0: there is no shape */
    int64_t call_index; /* the index of the choice's only tool call */
    bool has_call;
    bool has_call_index;
};

/* Stores the shape of a chunk that was parsed from this text, or no shape if
 * the chunk holds more than one choice with pieces of text, and usage. */
void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              struct chutes__chunk *chunk,
                              struct chutes__slice text);

/*
 * If the text has the shape of `before`, fills in the chunk as
 * chutes__chunk_parse() would, except that values which are null become absent.
 * The shape becomes that of this text. Otherwise returns false and leaves the
 * shape unchanged, and the caller must parse the chunk.
 */
bool chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                               struct chutes__slice before,
                               struct chutes__chunk *chunk,
                               struct chutes__slice text, size_t max_depth);

#endif
