/* SPDX-License-Identifier: MIT */
/*
 * Shares the time of a step among the transfers, with few readings of the
 * clock.
 */
#include "transport/turn.h"

#include "base/clock.h"

#include <stddef.h>

/* A reading of the clock serves for several calls, as long as these take less
 * than QUICK_US together. */
enum { QUICK_US = 20 };

void chutes__turn_begin_step(struct chutes__turn *turn, int64_t now_us)
{
    turn->owner = NULL;
    turn->step_ends_us = now_us + CHUTES__MAX_STEP_US;
}

void chutes__turn_begin(struct chutes__turn *turn, const void *owner,
                        int64_t now_us)
{
    turn->is_fresh = false;
    if (turn->owner == owner) {
        return;
    }
    turn->owner = owner;
    turn->ends_us = now_us + CHUTES__MAX_TURN_US;
    if (turn->ends_us > turn->step_ends_us) {
        turn->ends_us = turn->step_ends_us;
    }
    turn->read_us = now_us;
    /* Nothing is known yet about how long the callbacks of this transfer
     * take. */
    turn->stride = 1;
    turn->unread = 1;
    turn->is_over = false;
}

bool chutes__turn_may_begin(const struct chutes__turn *turn, const void *owner,
                            int64_t now_us)
{
    bool has_passed = turn->owner == owner && turn->is_over;

    return !has_passed && !chutes__turn_is_step_over(turn, now_us);
}

bool chutes__turn_is_step_over(const struct chutes__turn *turn, int64_t now_us)
{
    return now_us >= turn->step_ends_us;
}

bool chutes__turn_check(struct chutes__turn *turn, int64_t *now_us)
{
    int64_t before_us = turn->read_us;

    turn->read_us = chutes__clock_now_us();
    *now_us = turn->read_us;
    turn->is_fresh = true;
    /* Quick calls share a reading, and each time twice as many do. */
    if (turn->read_us - before_us >= QUICK_US) {
        turn->stride = 1;
    } else if (turn->stride < CHUTES__MAX_UNTIMED) {
        turn->stride *= 2;
    }
    turn->unread = turn->stride;
    turn->is_over = turn->is_over || turn->read_us >= turn->ends_us;
    return turn->is_over;
}
