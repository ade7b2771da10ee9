/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_HOST_H
#define CHUTES_TRANSPORT_HOST_H

#include <stdbool.h>

#include "transport/engine_state.h"

/* Who watches descriptors and time for an engine: its own poller, or hooks into
 * the host's event loop. */

bool chutes__host_open(struct chutes__engine *engine)
    __attribute__((warn_unused_result));
void chutes__host_close(struct chutes__engine *engine);

/* After a failure, when nothing is watched. */
void chutes__host_reopen(struct chutes__engine *engine);

/* Watches for `events` from now on; 0: no longer. *watch is kept by the caller
 * for each descriptor, at first NULL. False on failure; forgetting cannot
 * fail. */
bool chutes__host_watch(struct chutes__engine *engine, int fd, int events,
                        void **watch) __attribute__((warn_unused_result));

/* Waits at most so long, if it is for us to wait, and leaves what is ready in
 * engine->ready. False: the poller can't be used any more. */
bool chutes__host_wait(struct chutes__engine *engine, int timeout_ms)
    __attribute__((warn_unused_result));

/* Tells who watches when a step is due. */
void chutes__host_rearm(struct chutes__engine *engine);

#endif
