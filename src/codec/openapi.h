/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPENAPI_H
#define CHUTES_CODEC_OPENAPI_H

#include <chutes/describe.h>

#include "base/arena.h"
#include "base/slice.h"

/* Reads the OpenAPI document of a chute into the description, with texts in the
 * arena: title, summary, price and endpoints. Fails with CHUTES_ERR_PROTOCOL if
 * the text is not such a document. The description must have been zeroed. */
chutes_status chutes__decode_openapi(struct chutes__slice text,
                                     size_t max_depth,
                                     struct chutes__arena *arena,
                                     chutes_chute_description *description,
                                     chutes_error *error)
    __attribute__((warn_unused_result));

#endif
