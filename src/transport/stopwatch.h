/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_STOPWATCH_H
#define CHUTES_TRANSPORT_STOPWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

/* All of these clocks are ours. From 8.6 or so on, libcurl's own connect
 * timeout includes the wait for a free connection. */
enum chutes__clock {
    CHUTES__CLOCK_NONE,
    CHUTES__CLOCK_CONNECT,
    CHUTES__CLOCK_FIRST_BYTE,
    CHUTES__CLOCK_IDLE,
    CHUTES__CLOCK_PROGRESS,
    CHUTES__CLOCK_TOTAL,
    CHUTES__CLOCK_FINISH,
    CHUTES__CLOCK_GRACE /* for the end of an answer that is whole */
};

/* What a transfer has reached, and when. 0: not reached. */
struct chutes__stopwatch {
    struct chutes__clocks limits;
    int64_t started_us;
    int64_t begun_us;    /* the end of the wait for a free connection */
    int64_t sent_us;     /* libcurl begins to send the request */
    int64_t byte_us;     /* the last byte of the answer */
    int64_t event_us;    /* the last data event; until one, the first byte */
    int64_t finished_us; /* what matters of the answer has arrived */
    int64_t complete_us; /* the answer is whole */
    bool is_paused;      /* by the sink, so the server's silence is not timed */
    bool is_over;        /* libcurl has finished, so nothing is timed but the
                            total */
    int64_t paused_us;   /* the beginning of the pause */
};

/* Returns when the first clock fires, and stores which one;
 * CHUTES__CLOCK_NEVER: none is running. */
int64_t chutes__stopwatch_due(const struct chutes__stopwatch *watch,
                              enum chutes__clock *clock);

/* Writes the message for a clock that fired; "" for CONNECT and GRACE. */
void chutes__stopwatch_describe(const struct chutes__stopwatch *watch,
                                enum chutes__clock clock, char *message,
                                size_t size);

#endif
