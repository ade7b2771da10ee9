/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_WAKER_H
#define CHUTES_TRANSPORT_WAKER_H

#include <stdbool.h>

/*
 * What wakes a poller from another thread: a descriptor and a flag, counted, so
 * that whoever holds a reference may ring it when its poller is long gone. A
 * ring while the flag is still up costs no system call.
 */
struct chutes__waker;

/* One reference; NULL: no memory or no descriptors. */
struct chutes__waker *chutes__waker_new(void);
/* Any thread. Both take what isn't NULL. */
struct chutes__waker *chutes__waker_retain(struct chutes__waker *waker);
void chutes__waker_release(struct chutes__waker *waker);

/* Any thread, and signal handlers. */
void chutes__waker_ring(struct chutes__waker *waker);

/* Was it rung since this was last asked? What was stored before the ring is
 * seen after this. The poller's thread. */
bool chutes__waker_take(struct chutes__waker *waker);

/* For the poller: readable after a ring, until drained. */
int chutes__waker_fd(const struct chutes__waker *waker);
void chutes__waker_drain(struct chutes__waker *waker);

#endif
