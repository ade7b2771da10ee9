/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MODELS_ANSWER_H
#define CHUTES_CODEC_MODELS_ANSWER_H

#include <stddef.h>

#include <chutes/models.h>

#include "base/arena.h"

/*
 * Reads a whole answer. Everything is stored in the arena; the caller sets
 * raw_json and info. The message of CHUTES_ERR_PROTOCOL describes the fault,
 * such as "data: missing, or not an array".
 */
chutes_status
chutes__decode_models(const char *text, size_t len, size_t max_depth,
                      struct chutes__arena *arena,
                      chutes_models_response *response, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
