/* SPDX-License-Identifier: MIT */
/*
 * Limits how many requests of a client run at once, and how many begin in a
 * second.
 */
#include "request/limiter.h"

#include "base/clock.h"

#include <string.h>

/* Earlier than any time. */
static const int64_t LONG_AGO = INT64_MIN;
/* Thirty years: the longest slot, however low the rate is. */
static const double MAX_SLOT_US = 1e15;
/* Some servers answer up to one in seven requests with 429 at random, no matter
 * how few there are, so running fewer at once would only be slower. A 429
 * raises the suspicion by one and a success lowers it by a half, so it keeps
 * growing only if more than a third of the requests are refused. */
static const double SUSPICION_OF_SUCCESS = -0.5;
static const double SUSPICION_ENOUGH = 8;

/* ---- requests at once ---------------------------------------------------- */

static bool has_room(const struct chutes__limiter *limiter)
{
    if (limiter->max_concurrent > 0 &&
        limiter->active >= limiter->max_concurrent) {
        return false;
    }
    return limiter->allowed == 0 || limiter->active + 1 <= limiter->allowed;
}

/* Requests that began before the last decrease were part of the crowd that
 * caused it, and don't cause another. */
static void decrease(struct chutes__limiter *limiter, int64_t entered_us,
                     int64_t now_us)
{
    double from =
        limiter->allowed == 0 ? limiter->most_active : limiter->allowed;

    if (entered_us <= limiter->decreased_us) {
        return;
    }
    limiter->suspicion++;
    if (limiter->suspicion < SUSPICION_ENOUGH) {
        return;
    }
    limiter->allowed = from / 2 < 1 ? 1 : from / 2;
    limiter->suspicion = 0;
    limiter->decreased_us = now_us;
}

/* After as many successes as requests are allowed, one more is allowed. */
static void increase(struct chutes__limiter *limiter)
{
    limiter->suspicion += SUSPICION_OF_SUCCESS;
    if (limiter->suspicion < 0) {
        limiter->suspicion = 0;
    }
    if (limiter->allowed == 0) {
        return;
    }
    limiter->allowed += 1 / limiter->allowed;
    if (limiter->max_concurrent > 0 &&
        limiter->allowed > limiter->max_concurrent) {
        limiter->allowed = limiter->max_concurrent;
    }
}

static void adapt(struct chutes__limiter *limiter,
                  enum chutes__limiter_verdict verdict, int64_t entered_us,
                  int64_t now_us)
{
    if (!limiter->is_adaptive) {
        return;
    }
    if (verdict == CHUTES__LIMITER_THROTTLED) {
        decrease(limiter, entered_us, now_us);
    } else if (verdict == CHUTES__LIMITER_SUCCESS) {
        increase(limiter);
    }
}

/* ---- requests per second ------------------------------------------------- */

/* Rounds up, so that the rate is never exceeded. */
static int64_t slot_us(const struct chutes__limiter *limiter)
{
    double exact_us = 1e6 / limiter->max_per_second;
    int64_t whole_us;

    if (exact_us > MAX_SLOT_US) {
        return (int64_t)MAX_SLOT_US;
    }
    whole_us = (int64_t)exact_us;
    return (double)whole_us < exact_us ? whole_us + 1 : whole_us;
}

/* Each request uses a slot of time. One that comes late in its slot doesn't
 * delay the next; otherwise, timers that fire late would lower the rate. Unused
 * slots are lost; otherwise, idle time would end in a burst. */
static void take_slot(struct chutes__limiter *limiter, int64_t now_us)
{
    int64_t length_us;

    if (!(limiter->max_per_second > 0)) {
        return;
    }
    length_us = slot_us(limiter);
    if (limiter->next_us > now_us - length_us) {
        limiter->next_us += length_us;
    } else {
        limiter->next_us = now_us + length_us;
    }
}

/* ---- the queue ----------------------------------------------------------- */

/* The mutex must be held: the waker belongs to the owner of the place, which
 * then can't leave the queue. The rate is not checked here, as
 * chutes__limiter_enter() checks it when the request asks again. */
static void ring_head(struct chutes__limiter *limiter)
{
    struct chutes__limiter_place *head;

    if (chutes__list_is_empty(&limiter->queue) || !has_room(limiter)) {
        return;
    }
    head = CHUTES__LIST_ENTRY(limiter->queue.next, struct chutes__limiter_place,
                              link);
    chutes__waker_ring(head->waker);
}

static void queue_up(struct chutes__limiter *limiter,
                     struct chutes__limiter_place *place,
                     struct chutes__waker *waker)
{
    place->waker = waker;
    place->is_waiting = true;
    chutes__list_append(&limiter->queue, &place->link);
}

static void begin(struct chutes__limiter *limiter,
                  struct chutes__limiter_place *place, int64_t now_us)
{
    chutes__list_remove(&place->link);
    place->is_waiting = false;
    place->is_active = true;
    place->entered_us = now_us;
    limiter->active++;
    if (limiter->active > limiter->most_active) {
        limiter->most_active = limiter->active;
    }
    take_slot(limiter, now_us);
}

/* ---- exported ------------------------------------------------------------ */

bool chutes__limiter_init(struct chutes__limiter *limiter, int max_concurrent,
                          double max_per_second, bool is_adaptive)
{
    memset(limiter, 0, sizeof(*limiter));
    chutes__list_init(&limiter->queue);
    limiter->max_concurrent = max_concurrent;
    limiter->max_per_second = max_per_second;
    limiter->is_adaptive = is_adaptive;
    limiter->next_us = LONG_AGO;
    limiter->decreased_us = LONG_AGO;
    return pthread_mutex_init(&limiter->mutex, NULL) == 0;
}

void chutes__limiter_dispose(struct chutes__limiter *limiter)
{
    pthread_mutex_destroy(&limiter->mutex);
}

void chutes__limiter_enter(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           struct chutes__waker *waker, int64_t now_us,
                           int64_t *due_us)
{
    pthread_mutex_lock(&limiter->mutex);
    if (!place->is_waiting) {
        queue_up(limiter, place, waker);
    }
    if (limiter->queue.next != &place->link || !has_room(limiter)) {
        *due_us = CHUTES__CLOCK_NEVER;
    } else if (limiter->max_per_second > 0 && limiter->next_us > now_us) {
        *due_us = limiter->next_us;
    } else {
        *due_us = now_us;
        begin(limiter, place, now_us);
        /* The next one, which may be on another loop, may have room too. */
        ring_head(limiter);
    }
    pthread_mutex_unlock(&limiter->mutex);
}

void chutes__limiter_leave(struct chutes__limiter *limiter,
                           struct chutes__limiter_place *place,
                           enum chutes__limiter_verdict verdict, int64_t now_us)
{
    pthread_mutex_lock(&limiter->mutex);
    if (place->is_waiting) {
        chutes__list_remove(&place->link);
        place->is_waiting = false;
        /* The place may have been the first, and only the first is ever
         * rung. */
        ring_head(limiter);
    } else if (place->is_active) {
        place->is_active = false;
        adapt(limiter, verdict, place->entered_us, now_us);
        limiter->active--;
        ring_head(limiter);
    }
    pthread_mutex_unlock(&limiter->mutex);
}
