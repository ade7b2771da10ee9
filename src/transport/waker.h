/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_WAKER_H
#define CHUTES_TRANSPORT_WAKER_H

#include <stdbool.h>

/*
 * Wakes a poller from another thread: a descriptor and a flag. A thread that
 * holds a reference may ring it even after its poller was freed. A ring while
 * the flag is still set costs no system call.
 */
struct chutes__waker;

/* Returns it with one reference; NULL: no memory or no descriptors. */
struct chutes__waker *chutes__waker_new(void);
/* Adds a reference and returns the waker, which must not be NULL. May be called
 * from any thread. */
struct chutes__waker *chutes__waker_retain(struct chutes__waker *waker);
void chutes__waker_release(struct chutes__waker *waker);

/* Rings the waker. May be called from any thread and from signal handlers. */
void chutes__waker_ring(struct chutes__waker *waker);

/* Returns whether it was rung since the last call. If so, everything that the
 * ringing thread stored before the ring is visible. From the thread of the
 * poller. */
bool chutes__waker_take(struct chutes__waker *waker);

/* Returns the descriptor for the poller: after a ring, it is readable until it
 * is drained. */
int chutes__waker_fd(const struct chutes__waker *waker);
void chutes__waker_drain(struct chutes__waker *waker);

#endif
