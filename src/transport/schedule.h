/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_SCHEDULE_H
#define CHUTES_TRANSPORT_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <chutes/status.h>

#include "base/buf.h"
#include "base/list.h"
#include "transport/header_lines.h"
#include "transport/timer.h"
#include "transport/turn.h"

struct chutes__multi;
struct chutes__reuse;

/*
 * What an engine shares with its transfers. A transfer is in one of the lists.
 * It passes through them in this order, with three ways back: from resuming to
 * running, and from holding and (when its connection turned out to be dead)
 * from running to starting. A transfer that waits for room for a connection is
 * in a list of the quota instead.
 */
struct chutes__schedule {
    struct chutes__link starting; /* to be attached to the multi handle */
    struct chutes__link holding;  /* to be started when reuse allows it */
    struct chutes__link running;
    struct chutes__link resuming; /* running, and due for its next turn */
    struct chutes__link stopping; /* to be ended by us */
    struct chutes__link ended;    /* on_done is due */
    struct chutes__link idle;     /* their handles wait for new attempts */
    size_t idle_count;

    /* Memory that the next transfer uses again. */
    struct chutes__header_lines spare_lines;
    struct chutes__buf spare_head;

    struct chutes__multi *multi;
    struct chutes__reuse *reuse;
    struct chutes__timers timers;
    size_t timer_count; /* for which `timers` has room */
    struct chutes__turn turn;
    int64_t now_us;   /* the last time that was read from the clock */
    bool saw_http1;   /* from a server, or by our choice */
    bool is_stepping; /* on_change isn't called: the step's end does the same */
    void (*on_change)(struct chutes__schedule *schedule);
};

void chutes__schedule_init(
    struct chutes__schedule *schedule, struct chutes__multi *multi,
    void (*on_change)(struct chutes__schedule *schedule));
/* Frees the timers and the spare memory. No timer may be set any more. */
void chutes__schedule_dispose(struct chutes__schedule *schedule);

/* Makes room for one more timer, so that setting it can't fail;
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__schedule_add_timer(struct chutes__schedule *schedule)
    __attribute__((warn_unused_result));
/* Undoes chutes__schedule_add_timer(). The timer must be unset. */
void chutes__schedule_remove_timer(struct chutes__schedule *schedule);

/* Returns when there is something to do for the lists and timers. 0: now;
 * CHUTES__CLOCK_NEVER: not until something happens. */
int64_t chutes__schedule_due(const struct chutes__schedule *schedule);

/* Must be called when something became due, or is due no longer, as that may
 * happen outside of a step. */
static inline void chutes__schedule_changed(struct chutes__schedule *schedule)
{
    if (!schedule->is_stepping) {
        schedule->on_change(schedule);
    }
}

#endif
