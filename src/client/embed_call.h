/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_CALL_H
#define CHUTES_CLIENT_EMBED_CALL_H

#include "client/context.h"

/* Embeddings. The parameters are chutes_embed_params. */
extern const struct chutes__call_type chutes__embed_call_type;

#endif
