/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ANSWER_H
#define CHUTES_CODEC_ANSWER_H

#include <stddef.h>

#include <chutes/embeddings.h>
#include <chutes/models.h>

#include "base/arena.h"

/* What the vectors have to be. */
struct chutes__embed_shape {
    size_t count;
    size_t dimension; /* 0: any, as long as all have the same */
};

/*
 * Whole answers other than chat (which is codec/chunk.h). Everything is put in
 * the arena; raw_json and info are the caller's to set. CHUTES_ERR_PROTOCOL
 * names the path and what was wrong with it, such as "data[3].embedding:
 * dimension 3, expected 4".
 */
chutes_status
chutes__decode_embed(const char *text, size_t len, size_t max_depth,
                     struct chutes__embed_shape wanted,
                     struct chutes__arena *arena,
                     chutes_embed_response *response, chutes_error *error)
    __attribute__((warn_unused_result));

chutes_status
chutes__decode_models(const char *text, size_t len, size_t max_depth,
                      struct chutes__arena *arena,
                      chutes_models_response *response, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
