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

/* What a call makes of its polls. */
struct chutes__poll_kind {
    /* Starts the next request, after a wait. */
    chutes_status (*ask)(struct chutes_call *call, chutes_error *error);
    const char *late; /* "the chute was not hot", for the error of a timeout */
};

struct chutes__poll {
    const struct chutes__poll_kind *kind;
    struct chutes__poll_times times;
    struct chutes_call *call;
    struct chutes__request *request; /* the last one, or the next */
    struct chutes__engine *engine;
    struct chutes__alarm alarm;
    bool is_waiting; /* for the alarm; no request is in progress */
    int64_t poll_ms; /* the next wait */
    int64_t deadline_us;
};

/* Names what is wrong with the times. */
chutes_status chutes__poll_check(const struct chutes__poll_times *times,
                                 chutes_error *error);

/* Begins the time that wait_timeout_ms limits. The caller sets all members
 * before `engine`. CHUTES_ERR_NO_MEMORY: describes that. */
chutes_status chutes__poll_open(struct chutes__poll *poll, chutes_error *error);
/* The poll may be zeroed. */
void chutes__poll_close(struct chutes__poll *poll);

/* Allows the retries of a request that costs nothing to repeat. */
void chutes__poll_relax(struct chutes__call_rules *rules);

/* Waits for the next request, or for the deadline. The server's wish, asked_ms,
 * takes precedence unless it is shorter than min_poll_ms; 0 or less: it has
 * none. */
void chutes__poll_plan(struct chutes__poll *poll, int64_t asked_ms);

bool chutes__poll_is_late(const struct chutes__poll *poll);

/* Shortens the total timeout of a request to what is left; 0: none. */
void chutes__poll_limit(const struct chutes__poll *poll, int64_t *total_ms);

/* Ends the call between two requests. CHUTES_ERR_TIMEOUT: wait_timeout_ms has
 * passed. */
void chutes__poll_fail(struct chutes__poll *poll, chutes_status status);

/* Cancels the wait or the request. */
void chutes__poll_cancel(struct chutes__poll *poll);

#endif
