/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_MULTI_H
#define CHUTES_TRANSPORT_MULTI_H

#include <stdbool.h>

#include "transport/engine.h"
#include "transport/transfer.h"

/* The engine's multi handle: what libcurl asks of the engine, and is told. */

bool chutes__multi_open(struct chutes__engine *engine);
void chutes__multi_close(struct chutes__engine *engine);

/* Tells libcurl that a socket is ready (CURL_SOCKET_TIMEOUT: that its time has
 * come). False: the multi handle can't be used any more. */
bool chutes__multi_act(struct chutes__engine *engine, int fd, int events)
    __attribute__((warn_unused_result));

/*
 * Stops reading the answer of a paused transfer, and goes on. Over HTTP/1.1 its
 * socket is no longer watched, and libcurl knows nothing of it: its own pause
 * loses the rest of an answer that ends meanwhile, before 8.14. Over HTTP/2 it
 * has to be libcurl's; where that can't be relied on nothing is done.
 */
void chutes__multi_mute(struct chutes__transfer *transfer);
bool chutes__multi_unmute(struct chutes__transfer *transfer)
    __attribute__((warn_unused_result));

#endif
