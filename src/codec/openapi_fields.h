/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPENAPI_FIELDS_H
#define CHUTES_CODEC_OPENAPI_FIELDS_H

#include <chutes/describe.h>

#include "codec/openapi_document.h"

/* Reads the properties of a schema into the endpoint. False: out of memory or
 * budget. */
bool chutes__openapi_keep_fields(struct chutes__openapi *document,
                                 const struct chutes__json_value *schema,
                                 chutes_chute_endpoint *endpoint);

#endif
