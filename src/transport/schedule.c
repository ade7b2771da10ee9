/* SPDX-License-Identifier: MIT */
/*
 * The lists and timers of an engine. The files that include schedule.h decide
 * which transfer moves where; this one holds what they share.
 */
#include "transport/schedule.h"

#include "base/clock.h"

void chutes__schedule_init(struct chutes__schedule *schedule,
                           struct chutes__multi *multi,
                           void (*on_change)(struct chutes__schedule *schedule))
{
    *schedule =
        (struct chutes__schedule){.multi = multi, .on_change = on_change};
    chutes__list_init(&schedule->starting);
    chutes__list_init(&schedule->holding);
    chutes__list_init(&schedule->running);
    chutes__list_init(&schedule->resuming);
    chutes__list_init(&schedule->stopping);
    chutes__list_init(&schedule->ended);
    chutes__list_init(&schedule->idle);
    chutes__timers_init(&schedule->timers);
    chutes__buf_init(&schedule->spare_head, SIZE_MAX);
}

void chutes__schedule_dispose(struct chutes__schedule *schedule)
{
    chutes__timers_dispose(&schedule->timers);
    chutes__header_lines_dispose(&schedule->spare_lines);
    chutes__buf_dispose(&schedule->spare_head);
}

chutes_status chutes__schedule_add_timer(struct chutes__schedule *schedule)
{
    chutes_status status =
        chutes__timers_reserve(&schedule->timers, schedule->timer_count + 1);

    if (status == CHUTES_OK) {
        schedule->timer_count++;
    }
    return status;
}

void chutes__schedule_remove_timer(struct chutes__schedule *schedule)
{
    schedule->timer_count--;
}

int64_t chutes__schedule_due(const struct chutes__schedule *schedule)
{
    const struct chutes__timer *timer = chutes__timers_first(&schedule->timers);

    if (!chutes__list_is_empty(&schedule->starting) ||
        !chutes__list_is_empty(&schedule->resuming) ||
        !chutes__list_is_empty(&schedule->stopping) ||
        !chutes__list_is_empty(&schedule->ended)) {
        return 0;
    }
    return timer != NULL ? timer->due_us : CHUTES__CLOCK_NEVER;
}
