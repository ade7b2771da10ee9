/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_EMBED_ITEMS_H
#define CHUTES_CODEC_EMBED_ITEMS_H

#include "codec/matrix.h"

/*
 * The items of an answer with vectors, which are the elements of its `data`. If
 * some were removed while the answer arrived, the first element is an empty
 * object that stands in for them.
 */

/* Enters the array and skips the stand-in, if there is one. */
void chutes__embed_items_enter(const struct chutes__matrix *matrix,
                               struct chutes__json_reader *reader);

/* Reads the next item into the matrix. Describes a failure in the error of the
 * matrix. */
chutes_status chutes__embed_items_next(struct chutes__matrix *matrix,
                                       struct chutes__json_reader *reader)
    __attribute__((warn_unused_result));

#endif
