/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_EMBED_PARTS_H
#define CHUTES_CLIENT_EMBED_PARTS_H

#include "client/embed_state.h"

/* Checks call->params, splits the inputs and encodes all requests. On failure,
 * fills call->error. */
chutes_status chutes__embed_prepare(struct chutes__embed_call *call);
/* Encodes the request of one part. The inputs must be valid. */
chutes_status chutes__embed_encode(const struct chutes__embed_call *call,
                                   struct chutes__embed_part *part,
                                   chutes_error *error);

#endif
