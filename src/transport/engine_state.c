/* SPDX-License-Identifier: MIT */
#include "transport/engine_state.h"

#include "base/clock.h"

bool chutes__engine_has_caps_to_lift(const struct chutes__engine *engine)
{
    return engine->is_capped && engine->schedule.saw_http1;
}

int64_t chutes__engine_due(const struct chutes__engine *engine)
{
    const struct chutes__schedule *schedule = &engine->schedule;
    const struct chutes__timer *timer = chutes__timers_first(&schedule->timers);

    if (engine->ready_count > 0 || chutes__engine_has_caps_to_lift(engine) ||
        engine->quota.has_changed ||
        !chutes__list_is_empty(&schedule->starting) ||
        !chutes__list_is_empty(&schedule->resuming) ||
        !chutes__list_is_empty(&schedule->stopping) ||
        !chutes__list_is_empty(&schedule->ended)) {
        return 0;
    }
    return timer != NULL && timer->due_us < engine->libcurl_us
               ? timer->due_us
               : engine->libcurl_us;
}

int64_t chutes__engine_left_ms(int64_t now_us, int64_t due_us)
{
    if (due_us == CHUTES__CLOCK_NEVER) {
        return -1;
    }
    return due_us <= now_us ? 0 : (due_us - now_us + 999) / 1000;
}
