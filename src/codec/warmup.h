/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_WARMUP_H
#define CHUTES_CODEC_WARMUP_H

#include <chutes/warmup.h>

#include "base/arena.h"
#include "base/slice.h"

/* Reads an event of that stream, with texts in the arena. Fails with
 * CHUTES_ERR_STREAM (an error that the server reports), CHUTES_ERR_PROTOCOL or
 * CHUTES_ERR_NO_MEMORY, and describes the failure. */
chutes_status chutes__warmup_decode(struct chutes__slice text, size_t max_depth,
                                    struct chutes__arena *arena,
                                    chutes_warmup_state *state,
                                    chutes_error *error)
    __attribute__((warn_unused_result));

#endif
