/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_TURN_H
#define CHUTES_TRANSPORT_TURN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How long a step, and one transfer within it, may use the thread. A server
 * that floods us, or slow callbacks, must not delay the other transfers, the
 * clocks or the application's event loop. A callback can't be interrupted, and
 * the clock isn't read after each quick one, so a step may overrun by the time
 * that CHUTES__MAX_UNTIMED callbacks take.
 */
enum {
    CHUTES__MAX_STEP_US = 8000,
    CHUTES__MAX_TURN_US = 4000, /* for one transfer, when others wait */
    CHUTES__MAX_UNTIMED = 4     /* calls that share a reading of the clock */
};

struct chutes__turn {
    const void *owner; /* the transfer whose turn it is; NULL: none */
    int64_t step_ends_us;
    int64_t ends_us;
    int64_t read_us; /* the last reading of the clock */
    unsigned stride; /* for how many calls it serves */
    unsigned unread; /* how many of those are left */
    bool is_over;
    bool is_fresh; /* the last call of chutes__turn_is_over() read the clock */
};

void chutes__turn_begin_step(struct chutes__turn *turn, int64_t now_us);

/* May the owner begin a turn, or continue its own, in this step? `now_us` may
 * be slightly out of date. */
bool chutes__turn_may_begin(const struct chutes__turn *turn, const void *owner,
                            int64_t now_us);

/* Begins a turn, unless it is the owner's turn already. Called before each time
 * that the owner is served. */
void chutes__turn_begin(struct chutes__turn *turn, const void *owner,
                        int64_t now_us);

bool chutes__turn_is_step_over(const struct chutes__turn *turn, int64_t now_us);

/* The slow path of chutes__turn_is_over(). */
bool chutes__turn_check(struct chutes__turn *turn, int64_t *now_us);

/* Is the current turn over? Stores the time in *now_us when it reads the clock,
 * which it does once for a few calls in quick succession. */
static inline bool chutes__turn_is_over(struct chutes__turn *turn,
                                        int64_t *now_us)
{
    turn->is_fresh = false;
    turn->unread--;
    return turn->unread == 0 ? chutes__turn_check(turn, now_us) : turn->is_over;
}

#endif
