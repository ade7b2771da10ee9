/* SPDX-License-Identifier: MIT */
/* The clock for the time limits of commands that make several calls. */
#include "cli/clock.h"

#include <time.h>

int64_t cli_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t cli_time_left_ms(int64_t limit_ms, int64_t started_ms)
{
    int64_t left_ms = limit_ms - (cli_now_ms() - started_ms);

    if (limit_ms <= 0) {
        return limit_ms;
    }
    return left_ms > 0 ? left_ms : 1;
}
