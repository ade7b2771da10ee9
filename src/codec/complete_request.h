/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_COMPLETE_REQUEST_H
#define CHUTES_CODEC_COMPLETE_REQUEST_H

#include <stddef.h>

#include <chutes/complete.h>

#include "base/buf.h"

/* Returns the parameters that a completion and a chat have in common, as those
 * of a chat. */
chutes_chat_params
chutes__complete_as_chat(const chutes_complete_params *params);

/* Returns the number of prompts of valid parameters, which extra_json may
 * replace. */
size_t chutes__complete_prompts(const chutes_complete_params *params);

/* Appends the body that a chutes_complete_params describes, like
 * chutes__encode_chat(). */
chutes_status chutes__encode_complete(const void *params, size_t max_depth,
                                      struct chutes__buf *body,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

#endif
