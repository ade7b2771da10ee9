/* SPDX-License-Identifier: MIT */
/*
 * Alarms: timers of an engine that belong to its user.
 */
#include "transport/transport.h"

#include "base/clock.h"
#include "transport/engine.h"

#include <stddef.h>

_Static_assert(offsetof(struct chutes__alarm, timer) == 0,
               "a timer is cast to its alarm");

static void fire(struct chutes__timer *timer)
{
    const struct chutes__alarm *alarm = (const struct chutes__alarm *)timer;

    alarm->on_due(alarm->ctx);
}

chutes_status chutes__engine_alarm_add(struct chutes__engine *engine,
                                       struct chutes__alarm *alarm,
                                       void (*on_due)(void *ctx), void *ctx)
{
    chutes_status status =
        chutes__schedule_add_timer(chutes__engine_schedule(engine));

    if (status != CHUTES_OK) {
        return status;
    }
    *alarm = (struct chutes__alarm){
        .timer = {.on_due = fire}, .on_due = on_due, .ctx = ctx};
    return CHUTES_OK;
}

void chutes__engine_alarm_remove(struct chutes__engine *engine,
                                 struct chutes__alarm *alarm)
{
    chutes__engine_alarm_set(engine, alarm, CHUTES__CLOCK_NEVER);
    chutes__schedule_remove_timer(chutes__engine_schedule(engine));
}

void chutes__engine_alarm_set(struct chutes__engine *engine,
                              struct chutes__alarm *alarm, int64_t due_us)
{
    struct chutes__schedule *schedule = chutes__engine_schedule(engine);

    chutes__timers_set(&schedule->timers, &alarm->timer, due_us);
    chutes__schedule_changed(schedule);
}
