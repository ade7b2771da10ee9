/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_STOPWATCH_H
#define CHUTES_TRANSPORT_STOPWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

/* The connect clock is ours as well: since some version libcurl's own counts
 * the wait for a free connection too. */
enum chutes__clock {
    CHUTES__CLOCK_NONE,
    CHUTES__CLOCK_CONNECT,
    CHUTES__CLOCK_FIRST_BYTE,
    CHUTES__CLOCK_IDLE,
    CHUTES__CLOCK_PROGRESS,
    CHUTES__CLOCK_TOTAL,
    CHUTES__CLOCK_FINISH,
    CHUTES__CLOCK_GRACE /* after the answer was found whole */
};

/* Points in time in microseconds; 0: not reached. */
struct chutes__stopwatch {
    struct chutes__clocks limits;
    int64_t started_us;
    int64_t begun_us;    /* the wait for a free connection was over */
    int64_t sent_us;     /* the request went out */
    int64_t byte_us;     /* the last byte of the answer came */
    int64_t event_us;    /* the last data event was seen, or the first byte */
    int64_t finished_us; /* what may be all of the answer was seen */
    int64_t complete_us; /* the answer was found whole */
    bool is_paused;      /* nobody waits for the server */
    bool is_over;        /* nor is there anything to wait for */
};

/* When the first of the clocks fires, and which; CHUTES__CLOCK_NEVER. */
int64_t chutes__stopwatch_due(const struct chutes__stopwatch *watch,
                              enum chutes__clock *clock);

/* What to tell when a clock fired. */
void chutes__stopwatch_describe(const struct chutes__stopwatch *watch,
                                enum chutes__clock clock, char *message,
                                size_t size);

#endif
