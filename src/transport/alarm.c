/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include "base/clock.h"
#include "transport/engine_state.h"

#include <stddef.h>

_Static_assert(offsetof(struct chutes__alarm, timer) == 0, "one and the same");

static void fire(struct chutes__timer *timer)
{
    const struct chutes__alarm *alarm = (const struct chutes__alarm *)timer;

    alarm->on_due(alarm->ctx);
}

chutes_status chutes__engine_alarm_add(struct chutes__engine *engine,
                                       struct chutes__alarm *alarm,
                                       void (*on_due)(void *ctx), void *ctx)
{
    chutes_status status = chutes__timers_reserve(
        &engine->schedule.timers, engine->active + engine->alarms + 2);

    if (status != CHUTES_OK) {
        return status;
    }
    *alarm = (struct chutes__alarm){
        .timer = {.on_due = fire}, .on_due = on_due, .ctx = ctx};
    engine->alarms++;
    return CHUTES_OK;
}

void chutes__engine_alarm_remove(struct chutes__engine *engine,
                                 struct chutes__alarm *alarm)
{
    chutes__engine_alarm_set(engine, alarm, CHUTES__CLOCK_NEVER);
    engine->alarms--;
}

void chutes__engine_alarm_set(struct chutes__engine *engine,
                              struct chutes__alarm *alarm, int64_t due_us)
{
    chutes__timers_set(&engine->schedule.timers, &alarm->timer, due_us);
    chutes__schedule_changed(&engine->schedule);
}
