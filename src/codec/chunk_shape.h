/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_SHAPE_H
#define CHUTES_CODEC_CHUNK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/chunk.h"

/*
 * Most chunks of a stream differ from the previous one only in a piece of text
 * and in the numbers of their usage. Such a chunk needs no full parsing: bytes
 * that equal those of a valid chunk are valid and mean the same.
 *
 * The shape holds the offsets of these two parts in the previous chunk. A
 * zeroed struct is no shape. The caller stores the text of that chunk.
 */
struct chutes__chunk_shape {
    size_t content_at;  /* the opening quote of choices[0].delta.content; 0:
                           there is no shape */
    size_t content_end; /* after its closing quote */
    size_t usage_at;    /* the value of `usage`; 0: the chunk has none */
    size_t usage_end;
    size_t len;    /* bytes of the chunk */
    int64_t index; /* the choice's index */
    bool has_index;
};

/* Stores the shape of a chunk that was parsed from this text, or no shape if
 * the chunk holds anything but a piece of text and usage. */
void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              const struct chutes__chunk *chunk,
                              struct chutes__slice text);

/*
 * If the text has the shape of `before`, fills in the chunk as
 * chutes__chunk_parse() would, but without id, model and created, which have
 * not changed. The shape becomes that of this text. Otherwise returns false,
 * and the caller must parse the chunk.
 */
bool chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                               struct chutes__slice before,
                               struct chutes__chunk *chunk,
                               struct chutes__slice text, size_t max_depth);

#endif
