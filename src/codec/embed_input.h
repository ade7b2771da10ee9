/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_EMBED_INPUT_H
#define CHUTES_CODEC_EMBED_INPUT_H

#include <stddef.h>

#include <chutes/embeddings.h>

#include "codec/encoder.h"

/* The inputs of an embeddings call: texts, token ids, items with images and
 * videos, or messages. */

/* Adds `count` inputs, from `first` on. Refuses parameters without inputs, or
 * with several kinds of them. */
void chutes__embed_input_add(struct chutes__encoder *encoder,
                             const chutes_embed_params *params, size_t first,
                             size_t count);

/* Returns the number of inputs; all messages together count as one. */
size_t chutes__embed_inputs(const chutes_embed_params *params);

/* Returns how many bytes of text, URLs or token ids an input has, or 0 if it is
 * one that the encoder refuses. */
size_t chutes__embed_input_bytes(const chutes_embed_params *params,
                                 size_t index);

/* Returns how many inputs from `first` on fit into one request: at least one,
 * unless there are none. */
size_t chutes__embed_batch(const chutes_embed_params *params, size_t first);

/* Returns how many requests the inputs need: one even without inputs, which the
 * encoder refuses. */
size_t chutes__embed_batches(const chutes_embed_params *params);

#endif
