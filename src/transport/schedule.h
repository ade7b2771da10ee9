/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_SCHEDULE_H
#define CHUTES_TRANSPORT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "transport/timer.h"
#include "transport/turn.h"

struct chutes__reuse;

/* What an engine shares with its transfers. A transfer is in one of the lists,
 * and goes through them in this order, but from resuming back to running, and
 * from holding, and sometimes from running, back to starting. Those for which
 * there is no room are in a list of the engine's quota. */
struct chutes__schedule {
    struct chutes__link starting; /* not yet attached to the multi handle */
    struct chutes__link holding;  /* nor will they be until reuse says so */
    struct chutes__link running;
    struct chutes__link resuming; /* running, and what was kept is due, in
                                     turn */
    struct chutes__link stopping; /* to be ended by us */
    struct chutes__link ended;    /* on_done is due */

    struct chutes__reuse *reuse;
    struct chutes__timers timers;
    struct chutes__turn turn;
    int64_t now_us;   /* the last time that was read from the clock */
    bool saw_http1;   /* where HTTP/2 was hoped for */
    bool is_stepping; /* who watches is told at the end of the step */
    void (*on_change)(struct chutes__schedule *schedule); /* outside of steps */
};

/* Something became due, or no longer is, maybe outside of a step. */
static inline void chutes__schedule_changed(struct chutes__schedule *schedule)
{
    if (!schedule->is_stepping) {
        schedule->on_change(schedule);
    }
}

#endif
