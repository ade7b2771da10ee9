/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_SCHEDULE_H
#define CHUTES_TRANSPORT_SCHEDULE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/list.h"
#include "transport/timer.h"

/* What an engine shares with its transfers. A transfer is in one of the lists,
 * and goes through them in this order. */
struct chutes__schedule {
    struct chutes__link starting; /* not yet attached to the multi handle */
    struct chutes__link running;
    struct chutes__link stopping; /* to be ended by us */
    struct chutes__link ended;    /* on_done is due */

    struct chutes__timers timers;
    int64_t now_us;           /* the last time that was read from the clock */
    atomic_bool is_cancelled; /* all of them, by whatever thread */
};

#endif
