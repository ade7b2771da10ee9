/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_POLLER_H
#define CHUTES_TRANSPORT_POLLER_H

#include <stdbool.h>
#include <stddef.h>

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

/* Waits for sockets, level-triggered. One thread, but for the wake-up. */
struct chutes__poller;

struct chutes__poller_event {
    int fd;
    /* An error or a hang-up of the peer counts as both: who watches for either
     * then learns of it by reading or writing. */
    int events;
};

/* NULL: no memory or no descriptors. */
struct chutes__poller *chutes__poller_new(void);
/* NULL does nothing. */
void chutes__poller_free(struct chutes__poller *poller);

/* Watches for `events` from now on; 0: no longer. `before` is what was asked
 * for last. False on failure; forgetting cannot fail. */
bool chutes__poller_watch(struct chutes__poller *poller, int fd, int before,
                          int events);

/* Fills up to `size` events; returns how many, 0 after timeout_ms (-1: none),
 * a signal or a wake-up, and -1 on failure. */
int chutes__poller_wait(struct chutes__poller *poller,
                        struct chutes__poller_event *events, int size,
                        int timeout_ms);

/* Any thread: ends a running or the next wait. */
void chutes__poller_wake(struct chutes__poller *poller);

#endif
