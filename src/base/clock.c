/* SPDX-License-Identifier: MIT */
/* The monotonic clock. Tests replace it at link time. */
#include "base/clock.h"

#include <time.h>

int64_t chutes__clock_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t chutes__clock_after_ms(int64_t now_us, int64_t ms)
{
    int64_t after_us;

    if (ms <= 0 || __builtin_mul_overflow(ms, 1000, &after_us) ||
        __builtin_add_overflow(now_us, after_us, &after_us)) {
        return CHUTES__CLOCK_NEVER;
    }
    return after_us;
}
