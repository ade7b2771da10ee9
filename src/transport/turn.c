/* SPDX-License-Identifier: MIT */
#include "transport/turn.h"

#include "base/clock.h"

#include <stddef.h>

enum { STRIDE_MAX = 8, QUICK_US = 20 };

void chutes__turn_begin_step(struct chutes__turn *turn, int64_t now_us)
{
    turn->owner = NULL;
    turn->step_ends_us = now_us + CHUTES__STEP_MAX_US;
}

void chutes__turn_begin(struct chutes__turn *turn, const void *owner,
                        int64_t now_us)
{
    if (turn->owner == owner) {
        return;
    }
    turn->owner = owner;
    turn->ends_us = now_us + CHUTES__TURN_MAX_US;
    if (turn->ends_us > turn->step_ends_us) {
        turn->ends_us = turn->step_ends_us;
    }
    turn->read_us = now_us;
    turn->stride = 1;
    turn->unread = 1;
    turn->is_over = false;
}

bool chutes__turn_may_begin(const struct chutes__turn *turn, const void *owner,
                            int64_t now_us)
{
    bool was_had = turn->owner == owner && turn->is_over;

    return !was_had && !chutes__turn_is_step_over(turn, now_us);
}

bool chutes__turn_is_step_over(const struct chutes__turn *turn, int64_t now_us)
{
    return now_us >= turn->step_ends_us;
}

bool chutes__turn_is_over(struct chutes__turn *turn, int64_t *now_us)
{
    int64_t before_us = turn->read_us;

    if (turn->is_over) {
        return true;
    }
    turn->unread--;
    if (turn->unread > 0) {
        return false;
    }
    turn->read_us = chutes__clock_now_us();
    *now_us = turn->read_us;
    if (turn->read_us - before_us >= QUICK_US) {
        turn->stride = 1;
    } else if (turn->stride < STRIDE_MAX) {
        turn->stride *= 2;
    }
    turn->unread = turn->stride;
    turn->is_over = turn->read_us >= turn->ends_us;
    return turn->is_over;
}
