/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUNK_SHAPE_H
#define CHUTES_CODEC_CHUNK_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/chunk.h"

/*
 * Most chunks of a stream differ from the one before in a piece of text and in
 * the numbers of their usage alone. Such a chunk needs no parsing: what is
 * equal to a valid text is valid, and means what that meant.
 *
 * The shape says where in the chunk before those places are. Zeroed there is
 * none. The text of that chunk is the caller's to keep.
 */
struct chutes__chunk_shape {
    size_t content_at;  /* the opening quote of choices[0].delta.content; 0:
                           there  is no shape */
    size_t content_end; /* behind the closing one */
    size_t usage_at;    /* the value of `usage`; 0: the chunk has none */
    size_t usage_end;
    size_t len;    /* of the chunk */
    int64_t index; /* of the choice */
    bool has_index;
};

/* Notes the shape of a chunk that was parsed from this text, or that it has
 * none: that it tells anything but a piece of text and usage. */
void chutes__chunk_shape_note(struct chutes__chunk_shape *shape,
                              const struct chutes__chunk *chunk,
                              struct chutes__slice text);

/*
 * Fills the chunk as chutes__chunk_parse() would, if the text has the shape of
 * the one before; but for id, model and created, which are left out as they are
 * those of the chunk before. The shape becomes that of this text. False:
 * nothing is known, the chunk is to be parsed.
 */
bool chutes__chunk_shape_match(struct chutes__chunk_shape *shape,
                               struct chutes__slice before,
                               struct chutes__chunk *chunk,
                               struct chutes__slice text, size_t max_depth);

#endif
