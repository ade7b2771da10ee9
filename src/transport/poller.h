/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_POLLER_H
#define CHUTES_TRANSPORT_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/waker.h"

/* One of three is compiled. CHUTES_POLLER_POLL from outside takes the portable
 * one where the system has better, for tests. */
#if defined(CHUTES_POLLER_POLL)
#define CHUTES__POLLER_IS_POLL 1
#elif defined(__linux__)
#define CHUTES__POLLER_IS_EPOLL 1
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || \
    defined(__OpenBSD__) || defined(__DragonFly__)
#define CHUTES__POLLER_IS_KQUEUE 1
#else
#define CHUTES__POLLER_IS_POLL 1
#endif

/* Bits of `events`, as libcurl's CURL_POLL_IN and CURL_CSELECT_IN have them. */
enum { CHUTES__POLLER_IN = 1, CHUTES__POLLER_OUT = 2 };

/* Waits for sockets and a waker, level-triggered. One thread. */
struct chutes__poller;

struct chutes__poller_event {
    int fd;
    /* An error or a hang-up of the peer counts as both: who watches for either
     * then learns of it by reading or writing. */
    int events;
};

/* Borrows the waker. NULL: no memory or no descriptors. */
struct chutes__poller *chutes__poller_new(struct chutes__waker *waker);
/* NULL does nothing. */
void chutes__poller_free(struct chutes__poller *poller);

/* Watches for `events` from now on; 0: no longer. `before` is what was asked
 * for last. False on failure; forgetting cannot fail. */
bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events);

/* Fills up to `size` events; returns how many, 0 after timeout_ms (-1: none),
 * a signal, a ring (the waker is then drained) or when the time came that it
 * was armed for, and -1 on failure. */
int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms);

/* A descriptor that is readable when a wait wouldn't wait; from the first call
 * on also when the time has come that the poller is armed for. -1: there is no
 * such thing here, or no descriptors. */
int chutes__poller_fd(struct chutes__poller *poller);

/* For its descriptor: when it is to be readable, once; any time that has passed
 * means now, CHUTES__CLOCK_NEVER never. */
void chutes__poller_arm(struct chutes__poller *poller, int64_t due_us);

#endif
