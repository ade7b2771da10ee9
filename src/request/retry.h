/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_RETRY_H
#define CHUTES_REQUEST_RETRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * Whether a failed attempt is followed by another, and after how long. Knows
 * neither transport nor clock.
 */
struct chutes__retry_rules {
    chutes_retry_policy policy;
    int max_attempts;
    int64_t max_wait_ms;
};

/* The attempt that failed. */
struct chutes__retry_facts {
    chutes_status status;
    chutes_outcome outcome;
    int http_status;          /* 0: none came */
    const char *code;         /* the server's error code; "" */
    const char *should_retry; /* x-should-retry; NULL: not sent */
    int64_t retry_after_ms;   /* -1: not sent */
    bool is_date;             /* the server told it as a date */
    bool is_lasting;          /* as in chutes__transfer_result */
    int attempts;             /* so far; 1 after the first */
    int server_errors;        /* of those, how many were HTTP 500 */
};

/* A bucket of tokens that retries are paid from, so that an outage isn't made
 * worse: 500 at first and at most; 10 for a retry of what did not reach the
 * server, 5 for others; a success at the first attempt gives one back, one
 * after retries what the last of them cost. Any thread. */
struct chutes__retry_budget {
    pthread_mutex_t mutex;
    int tokens;
};

/* False: no memory. */
bool chutes__retry_budget_init(struct chutes__retry_budget *budget);
void chutes__retry_budget_dispose(struct chutes__retry_budget *budget);

/* What the retry costs, or 0 when the bucket hasn't got it. */
int chutes__retry_budget_take(struct chutes__retry_budget *budget,
                              chutes_outcome outcome);
/* `cost` of the retry that led to the success; 0: it was the first attempt. */
void chutes__retry_budget_give(struct chutes__retry_budget *budget, int cost);

/* Does the policy allow another attempt? */
bool chutes__retry_is_due(const struct chutes__retry_rules *rules,
                          const struct chutes__retry_facts *facts);

/* Milliseconds until then: what the server asked for, which is_due has found
 * not too long, else full jitter over 0.5 s doubled with each attempt to 8 s. A
 * date, which counts whole seconds, never makes that shorter. */
int64_t chutes__retry_wait_ms(const struct chutes__retry_facts *facts);

#endif
