/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_MULTI_H
#define CHUTES_TRANSPORT_MULTI_H

#include <stdbool.h>

#include "transport/engine_state.h"

/* The engine's multi handle: what libcurl asks of the engine, and is told. */

bool chutes__multi_open(struct chutes__engine *engine);
void chutes__multi_close(struct chutes__engine *engine);

/* Tells libcurl that a socket is ready (CURL_SOCKET_TIMEOUT: that its time has
 * come). False: the multi handle can't be used any more. */
bool chutes__multi_act(struct chutes__engine *engine, int fd, int events)
    __attribute__((warn_unused_result));

/* The transfer was muted, or is no longer. While it is, its socket isn't
 * watched for what comes, though some versions of libcurl (8.5) want that: they
 * would read on and keep it all. False: it can't be watched. */
bool chutes__multi_rewatch(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));

#endif
