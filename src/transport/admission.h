/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_ADMISSION_H
#define CHUTES_TRANSPORT_ADMISSION_H

#include <stdbool.h>

#include "transport/engine_state.h"
#include "transport/transfer.h"

/* Which of the transfers that were started libcurl is told of now. */

/* False: it has to wait, for room for a connection or until a connection has
 * settled, and is in the list of those that do. */
bool chutes__admission_ask(struct chutes__engine *engine,
                           struct chutes__transfer *transfer);

/* Its connection is free for another. */
void chutes__admission_leave(struct chutes__engine *engine,
                             struct chutes__transfer *transfer);

/* Puts those for which there is room now before those that start, in their
 * order. */
void chutes__admission_go_on(struct chutes__engine *engine);

#endif
