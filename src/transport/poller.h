/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_POLLER_H
#define CHUTES_TRANSPORT_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/waker.h"

/* One of three implementations is compiled. Tests define CHUTES_POLLER_POLL to
 * get the portable one where the system has a better one. */
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

/* Bits of `events`, with the values of CURL_POLL_IN and CURL_CSELECT_IN. */
enum { CHUTES__POLLER_IN = 1, CHUTES__POLLER_OUT = 2 };

/* Waits for sockets and for a waker, level-triggered. For one thread. */
struct chutes__poller;

struct chutes__poller_event {
    int fd;
    /* An error or a hang-up sets both bits (with kqueue, those that are
     * watched), so that the next read or write reports it. */
    int events;
};

/* Makes a poller. The waker must outlive it. Returns NULL if memory or
 * descriptors are lacking. */
struct chutes__poller *chutes__poller_new(struct chutes__waker *waker);
/* Frees a poller. NULL is ignored. */
void chutes__poller_free(struct chutes__poller *poller);

/* Watches `fd` for `events` from now on; 0 stops. `before` is what it was
 * watched for. Returns false on failure; stopping never fails. */
bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events);

/* Fills up to `size` events and returns how many. Returns 0 after timeout_ms
 * (-1: no limit), after a signal, after a ring of the waker, which this drains,
 * or when the time set by chutes__poller_arm() comes; -1 on failure. */
int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms);

/* Returns a descriptor that is readable when a wait would return at once. From
 * the first call on, it is also readable once the time set by
 * chutes__poller_arm() has come. -1: this poller has none, or there are no
 * descriptors. */
int chutes__poller_fd(struct chutes__poller *poller);

/* Makes the poller's descriptor readable at due_us, once. A time that has
 * passed means now; CHUTES__CLOCK_NEVER disarms. */
void chutes__poller_arm(struct chutes__poller *poller, int64_t due_us);

#endif
