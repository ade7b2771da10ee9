/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TIMER_H
#define CHUTES_TRANSPORT_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/list.h"

/*
 * A min-heap of points in time. Timers are members of the structs that wait; a
 * zeroed timer is not set. An event that postpones a deadline need not touch
 * the heap: the timer fires at the old time, and is then set to the new one.
 */
struct chutes__timer {
    int64_t due_us;
    uint64_t turn; /* orders timers that are due at the same time */
    size_t place;  /* in the heap, from 1; 0: not set */
    void (*on_due)(struct chutes__timer *timer);
    struct chutes__link link; /* in `firing` */
};

struct chutes__timers {
    struct chutes__timer **heap;
    size_t count;
    size_t capacity;
    uint64_t turns;             /* how often a timer was set */
    struct chutes__link firing; /* timers whose on_due will be called next */
};

void chutes__timers_init(struct chutes__timers *timers);
/* Frees the heap. No timer may be set any more. */
void chutes__timers_dispose(struct chutes__timers *timers);

/* Makes room for `count` timers in all, so that setting them can't fail;
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__timers_reserve(struct chutes__timers *timers,
                                     size_t count)
    __attribute__((warn_unused_result));

/* Sets the timer; CHUTES__CLOCK_NEVER unsets it. */
void chutes__timers_set(struct chutes__timers *timers,
                        struct chutes__timer *timer, int64_t due_us);

/* Returns the timer that is due first; NULL: none is set. */
struct chutes__timer *chutes__timers_first(const struct chutes__timers *timers);

/* Unsets the timers that are due by now_us and calls on_due of each, in the
 * order of their times; those with the same time, in the order in which they
 * were set. A timer that an on_due sets waits for the next call, whatever its
 * time; one that it unsets doesn't fire. */
void chutes__timers_fire(struct chutes__timers *timers, int64_t now_us);

#endif
