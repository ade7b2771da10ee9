/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TIMER_H
#define CHUTES_TRANSPORT_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/list.h"

/*
 * A min-heap of points in time. The timers live in the structs that wait; a
 * zeroed one is not set. A timer may be set to a lower bound of what it stands
 * for and be set anew when it comes up first: so an event that moves a deadline
 * away costs nothing here.
 */
struct chutes__timer {
    int64_t due_us;
    uint64_t
        turn;     /* of those due at the same time the one set first is first */
    size_t place; /* in the heap, from 1; 0: not set */
    void (*on_due)(struct chutes__timer *timer);
    struct chutes__link link; /* with others that are about to fire */
};

struct chutes__timers {
    struct chutes__timer **heap;
    size_t count;
    size_t capacity;
    uint64_t turns;             /* given so far */
    struct chutes__link firing; /* out of the heap, their on_due is next */
};

void chutes__timers_init(struct chutes__timers *timers);
/* No timer may be set. */
void chutes__timers_dispose(struct chutes__timers *timers);

/* Makes room, so that up to `count` timers can be set without fail. */
chutes_status chutes__timers_reserve(struct chutes__timers *timers,
                                     size_t count)
    __attribute__((warn_unused_result));

/* CHUTES__CLOCK_NEVER unsets. */
void chutes__timers_set(struct chutes__timers *timers,
                        struct chutes__timer *timer, int64_t due_us);

/* The one due first; NULL: none is set. */
struct chutes__timer *chutes__timers_first(const struct chutes__timers *timers);

/* Unsets those due by now_us, and calls each one's on_due, in the order of
 * their times and, for the same time, in the order in which they were set. What
 * these set anew waits for the next call, whatever its time; what they unset
 * doesn't fire. */
void chutes__timers_fire(struct chutes__timers *timers, int64_t now_us);

#endif
