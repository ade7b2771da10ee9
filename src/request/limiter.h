/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_LIMITER_H
#define CHUTES_REQUEST_LIMITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "transport/waker.h"

/*
 * Limits how many requests of a client run at once, and how many begin in a
 * second. The requests of all threads wait in one queue, first come, first
 * served. The first one in the queue asks again when its waker is rung, or at
 * the time that it was given. The functions may be called from any thread.
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
                         max_concurrent */
    double suspicion; /* that the server refuses requests because there are too
                         many: grows with each 429 */
    int64_t next_us;  /* when the rate lets the next one begin */
    int64_t decreased_us; /* when `allowed` was last halved */
};

/* The place of a request, in the queue or among the active ones. Zeroed: it has
 * none. */
struct chutes__limiter_place {
    struct chutes__link link;    /* in the queue while it waits */
    struct chutes__waker *waker; /* borrowed from the request's loop */
    bool is_waiting;
    bool is_active;
    int64_t entered_us; /* when it became active */
};

/* How the request ended, as far as it matters to the limiter. */
enum chutes__limiter_verdict {
    CHUTES__LIMITER_SUCCESS,
    CHUTES__LIMITER_THROTTLED, /* HTTP 429 */
    CHUTES__LIMITER_OTHER
};

/* Returns false if memory runs out. */
bool chutes__limiter_init(struct chutes__limiter *limiter, int max_concurrent,
                          double max_per_second, bool is_adaptive);
void chutes__limiter_dispose(struct chutes__limiter *limiter);

/*
 * Asks whether the request may begin now. The first call appends it to the
 * queue. Sets *due_us to now_us if it may, and counts it as active from then
 * on; to a later time at which to ask again; or to CHUTES__CLOCK_NEVER: ask
 * again when the waker is rung.
 */
void chutes__limiter_enter(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           struct chutes__waker *waker, int64_t now_us,
                           int64_t *due_us);

/* Removes the request from the queue or from the active ones; does nothing if
 * it is in neither. The verdict counts only for an active request. Rings the
 * waker of the request that may begin next. */
void chutes__limiter_leave(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           enum chutes__limiter_verdict verdict,
                           int64_t now_us);

#endif
