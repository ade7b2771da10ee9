/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_LIMITER_H
#define CHUTES_REQUEST_LIMITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "transport/waker.h"

/*
 * How many requests of a client may be under way, and how many may begin in a
 * second. Requests wait in one queue, first come, first served, whatever thread
 * they are on. The one at its head asks again when its waker was rung, or at
 * the time it was given. Any thread.
 */
struct chutes__limiter {
    pthread_mutex_t mutex;
    struct chutes__link queue;
    int max_concurrent;    /* 0: no limit */
    double max_per_second; /* 0: no limit */
    bool is_adaptive;
    int active;
    int most_active;  /* at once, so far */
    double allowed;   /* adaptive: how many may be active now; 0: as many as
                         max_concurrent, nothing speaks against it yet */
    double suspicion; /* that the server means the crowd, and not one request
                         or another: grows with each 429 */
    int64_t next_us;  /* when the rate lets the next one begin */
    int64_t decreased_us; /* when `allowed` was last halved */
};

/* A request's place. Zeroed: it has none. */
struct chutes__limiter_place {
    struct chutes__link link;    /* in the queue while it waits */
    struct chutes__waker *waker; /* of the request's loop; borrowed */
    bool is_waiting;
    bool is_active;
    int64_t entered_us; /* when it became active */
};

/* How the request ended, for the limiter. */
enum chutes__limiter_verdict {
    CHUTES__LIMITER_SUCCESS,
    CHUTES__LIMITER_THROTTLED, /* HTTP 429 */
    CHUTES__LIMITER_OTHER
};

/* False: no memory. */
bool chutes__limiter_init(struct chutes__limiter *limiter, int max_concurrent,
                          double max_per_second, bool is_adaptive);
void chutes__limiter_dispose(struct chutes__limiter *limiter);

/*
 * Asks to begin now. The first time it takes its place at the end of the queue.
 * *due_us: now_us or before: it may begin, and counts as under way from here;
 * a later time: ask again then; CHUTES__CLOCK_NEVER: ask again when the waker
 * was rung.
 */
void chutes__limiter_enter(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           struct chutes__waker *waker, int64_t now_us,
                           int64_t *due_us);

/* Gives the place up, in the queue or under way; nothing when it has none. The
 * verdict matters for one that was under way. Rings who may go on. */
void chutes__limiter_leave(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           enum chutes__limiter_verdict verdict,
                           int64_t now_us);

#endif
