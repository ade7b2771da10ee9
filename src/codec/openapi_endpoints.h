/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPENAPI_ENDPOINTS_H
#define CHUTES_CODEC_OPENAPI_ENDPOINTS_H

#include <chutes/describe.h>

#include "codec/openapi_document.h"

/* Reads all endpoints into the description. False: out of memory or budget. */
bool chutes__openapi_keep_endpoints(struct chutes__openapi *document,
                                    chutes_chute_description *description);

#endif
