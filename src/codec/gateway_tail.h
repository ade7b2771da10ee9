/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_GATEWAY_TAIL_H
#define CHUTES_CODEC_GATEWAY_TAIL_H

#include <chutes/status.h>

#include "base/slice.h"

/*
 * If an answer fails after its beginning has been sent, the gateway of Chutes
 * appends {"error": "Unhandled exception during response stream: …"}, whatever
 * the type of the answer is, and ends it as if it were whole (chutes-api,
 * api/invocation/router.py).
 */

/* The longest such error that is recognised. */
enum { CHUTES__MAX_GATEWAY_TAIL = 2048 };

/* Fails with CHUTES_ERR_STREAM, and describes the failure, if an answer ends
 * with such an error. `end` is all of the answer or at least its last
 * CHUTES__MAX_GATEWAY_TAIL bytes. */
chutes_status chutes__gateway_tail_check(struct chutes__slice end,
                                         chutes_error *error);

#endif
