/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_POLL_H
#define CHUTES_CLIENT_POLL_H

#include <stdbool.h>

#include "client/context.h"

/*
 * The waits of a call that makes one request after the other until something is
 * over. Each wait is 1.5 times as long as the one before.
 */

/* The values that the application sets. */
struct chutes__poll_times {
    int64_t wait_timeout_ms; /* 0: none */
    int64_t min_poll_ms;
    int64_t max_poll_ms;
};

/* What differs between calls that poll. */
struct chutes__poll_kind {
    /* Starts the next request, after a wait. */
    chutes_status (*ask)(struct chutes_call *call, chutes_error *error);
    const char *late; /* what a timeout says: "the chute was not hot" */
};

struct chutes__poll {
    const struct chutes__poll_kind *kind;
    struct chutes__poll_times times;
    struct chutes_call *call;
    struct chutes__request *request; /* the last one, or the next */
    struct chutes__engine *engine;
    struct chutes__alarm alarm;
    bool is_waiting; /* the alarm is set; no request is in progress */
    int64_t poll_ms; /* the next wait */
    int64_t deadline_us;
};

/* Checks the times. Fails with CHUTES_ERR_INVALID_ARGUMENT and names the member
 * that is wrong. */
chutes_status chutes__poll_check(const struct chutes__poll_times *times,
                                 chutes_error *error);

/* Begins the time that wait_timeout_ms limits. The caller sets all members
 * before `engine` first. Fails with CHUTES_ERR_NO_MEMORY, and describes
 * that. */
chutes_status chutes__poll_open(struct chutes__poll *poll, chutes_error *error);
/* Frees what the poll owns. A zeroed poll owns nothing. */
void chutes__poll_close(struct chutes__poll *poll);

/* Allows the retries of a request that costs nothing to repeat. */
void chutes__poll_relax(struct chutes__call_rules *rules);

/* Waits until the next request is due, or for the deadline. `asked_ms` is the
 * wait that the server asked for; 0 or less: none. It takes precedence unless
 * it is shorter than min_poll_ms. */
void chutes__poll_plan(struct chutes__poll *poll, int64_t asked_ms);

bool chutes__poll_is_late(const struct chutes__poll *poll);

/* Limits the total timeout of a request to the time that is left. *total_ms is
 * 0 if there is none. */
void chutes__poll_limit(const struct chutes__poll *poll, int64_t *total_ms);

/* Ends the call between two requests. CHUTES_ERR_TIMEOUT means that
 * wait_timeout_ms has passed. */
void chutes__poll_fail(struct chutes__poll *poll, chutes_status status);

/* Cancels the wait or the request. */
void chutes__poll_cancel(struct chutes__poll *poll);

#endif
