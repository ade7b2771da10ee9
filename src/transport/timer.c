/* SPDX-License-Identifier: MIT */
/*
 * A heap of timers, and the order in which they fire.
 */
#include "transport/timer.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdbool.h>

/* The place of a timer that has left the heap and will fire next. */
#define PLACE_FIRING SIZE_MAX

void chutes__timers_init(struct chutes__timers *timers)
{
    *timers = (struct chutes__timers){0};
    chutes__list_init(&timers->firing);
}

void chutes__timers_dispose(struct chutes__timers *timers)
{
    chutes__mem_free(timers->heap);
    chutes__timers_init(timers);
}

chutes_status chutes__timers_reserve(struct chutes__timers *timers,
                                     size_t count)
{
    return chutes__array_reserve(&timers->heap, &timers->capacity, count,
                                 sizeof(struct chutes__timer *))
               ? CHUTES_OK
               : CHUTES_ERR_NO_MEMORY;
}

/* Places count from 1, so that the parent of place n is n / 2. */
static struct chutes__timer *timer_at(const struct chutes__timers *timers,
                                      size_t place)
{
    return timers->heap[place - 1];
}

static bool is_before(const struct chutes__timer *left,
                      const struct chutes__timer *right)
{
    return left->due_us < right->due_us ||
           (left->due_us == right->due_us && left->turn < right->turn);
}

static void put(struct chutes__timers *timers, struct chutes__timer *timer,
                size_t place)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static void move_up(struct chutes__timers *timers, struct chutes__timer *timer)
{
    size_t place = timer->place;

    while (place > 1 && is_before(timer, timer_at(timers, place / 2))) {
        put(timers, timer_at(timers, place / 2), place);
        place /= 2;
    }
    put(timers, timer, place);
}

static void move_down(struct chutes__timers *timers,
                      struct chutes__timer *timer)
{
    size_t place = timer->place;

    for (;;) {
        size_t child = place * 2;

        if (child < timers->count &&
            is_before(timer_at(timers, child + 1), timer_at(timers, child))) {
            child++;
        }
        if (child > timers->count ||
            !is_before(timer_at(timers, child), timer)) {
            break;
        }
        put(timers, timer_at(timers, child), place);
        place = child;
    }
    put(timers, timer, place);
}

static void restore_order(struct chutes__timers *timers,
                          struct chutes__timer *timer)
{
    move_up(timers, timer);
    move_down(timers, timer);
}

static void leave_heap(struct chutes__timers *timers,
                       struct chutes__timer *timer)
{
    struct chutes__timer *last = timer_at(timers, timers->count);
    size_t place = timer->place;

    timers->count--;
    timer->place = 0;
    if (last != timer) {
        put(timers, last, place);
        /* It comes from another branch, so it may have to move either way. */
        restore_order(timers, last);
    }
}

static void leave_firing(struct chutes__timer *timer)
{
    chutes__list_remove(&timer->link);
    timer->place = 0;
}

void chutes__timers_set(struct chutes__timers *timers,
                        struct chutes__timer *timer, int64_t due_us)
{
    if (timer->place == PLACE_FIRING) {
        leave_firing(timer);
    }
    if (due_us == CHUTES__CLOCK_NEVER) {
        if (timer->place != 0) {
            leave_heap(timers, timer);
        }
        return;
    }
    timer->due_us = due_us;
    timer->turn = timers->turns++;
    if (timer->place == 0) {
        timers->count++;
        put(timers, timer, timers->count);
    }
    restore_order(timers, timer);
}

struct chutes__timer *chutes__timers_first(const struct chutes__timers *timers)
{
    return timers->count > 0 ? timers->heap[0] : NULL;
}

void chutes__timers_fire(struct chutes__timers *timers, int64_t now_us)
{
    /* All of them leave the heap first, so that a timer that is set again by an
     * on_due doesn't fire twice. */
    while (timers->count > 0 && timers->heap[0]->due_us <= now_us) {
        struct chutes__timer *timer = timers->heap[0];

        leave_heap(timers, timer);
        timer->place = PLACE_FIRING;
        chutes__list_append(&timers->firing, &timer->link);
    }
    while (!chutes__list_is_empty(&timers->firing)) {
        struct chutes__timer *timer =
            CHUTES__LIST_ENTRY(timers->firing.next, struct chutes__timer, link);

        leave_firing(timer);
        timer->on_due(timer);
    }
}
