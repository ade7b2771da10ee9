/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_POLL_H
#define CHUTES_CLIENT_POLL_H

#include <stdbool.h>

#include "client/context.h"

/*
 * The waits of a call that makes one request after the other until something is
 * over: each is half as long again as the one before.
 */

/* As the application sets them. */
struct chutes__poll_times {
    int64_t wait_timeout_ms; /* 0: none */
    int64_t min_poll_ms;
    int64_t max_poll_ms;
};

struct chutes__poll {
    struct chutes__poll_times times;
    struct chutes__engine *engine;
    struct chutes__alarm alarm;
    bool is_waiting; /* for the alarm; no request is in progress */
    int64_t poll_ms; /* the next wait */
    int64_t deadline_us;
};

/* Names what is wrong with the times. */
chutes_status chutes__poll_check(const struct chutes__poll_times *times,
                                 chutes_error *error);

/* Begins the time that wait_timeout_ms limits. on_due makes the next request,
 * after a wait or at its cancellation. CHUTES_ERR_NO_MEMORY: describes that. */
chutes_status chutes__poll_open(struct chutes__poll *poll,
                                const struct chutes__poll_times *times,
                                struct chutes_call *call,
                                void (*on_due)(void *ctx), chutes_error *error);
/* The poll may be zeroed. */
void chutes__poll_close(struct chutes__poll *poll);

/* Waits for the next request, or for the deadline. The server's wish, asked_ms,
 * takes precedence unless it is shorter than min_poll_ms; 0 or less: it has
 * none. */
void chutes__poll_plan(struct chutes__poll *poll, int64_t asked_ms);

bool chutes__poll_is_late(const struct chutes__poll *poll);

/* Shortens the total timeout of a request to what is left; 0: none. */
void chutes__poll_limit(const struct chutes__poll *poll, int64_t *total_ms);

/* Ends a wait: on_due runs in the next step. False: there is none. */
bool chutes__poll_cancel(struct chutes__poll *poll);

#endif
