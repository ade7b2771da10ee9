/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_RETRY_H
#define CHUTES_REQUEST_RETRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <chutes/client.h>

/*
 * Which failed attempts are retried, and after how long. Uses neither the
 * transport nor a clock.
 */
struct chutes__retry_rules {
    chutes_retry_policy policy;
    int max_attempts;
    int64_t max_wait_ms;
    /* The request changes something, and doing it twice is wrong even if the
     * first answer was an error. Under CHUTES_RETRY_SAFE, it is sent once. */
    bool is_write;
};

/* The attempt that failed. */
struct chutes__retry_facts {
    chutes_status status;
    chutes_outcome outcome;
    int http_status;          /* 0: none came */
    const char *code;         /* the server's error code; "" */
    const char *should_retry; /* x-should-retry; NULL: not sent */
    int64_t retry_after_ms;   /* -1: not sent */
    bool is_date;             /* retry_after_ms was given as a date */
    bool is_lasting;          /* as in chutes__transfer_result */
    int attempts;             /* so far; 1 after the first */
    int server_errors;        /* attempts that were answered with HTTP 500 */
    bool can_resume;          /* the next attempt may continue the answer */
};

/* A bucket of tokens that pays for retries, so that they don't make an outage
 * worse. It starts with 500 tokens, which is also the most. A retry of a
 * request that didn't reach the server costs 10 tokens, any other retry 5. A
 * success at the first attempt gives back 1 token, a success after retries what
 * the last one cost. The functions may be called from any thread. */
struct chutes__retry_budget {
    pthread_mutex_t mutex;
    int tokens;
};

/* Returns false if memory runs out. */
bool chutes__retry_budget_init(struct chutes__retry_budget *budget);
void chutes__retry_budget_dispose(struct chutes__retry_budget *budget);

/* Takes the cost of a retry from the bucket and returns it; 0: the bucket holds
 * fewer tokens than that. */
int chutes__retry_budget_take(struct chutes__retry_budget *budget,
                              chutes_outcome outcome);
/* Gives tokens back after a success. `cost` is that of the retry that led to
 * it; 0: it was the first attempt. */
void chutes__retry_budget_give(struct chutes__retry_budget *budget, int cost);

/* Does the policy allow another attempt? */
bool chutes__retry_is_due(const struct chutes__retry_rules *rules,
                          const struct chutes__retry_facts *facts);

/* Returns the milliseconds until a retry that is due. This is the wait that the
 * server asked for, or else a random time: at most 0.5 s after the first
 * attempt, and twice as much after each further one, up to 8 s. A wait given as
 * a date has whole seconds only, so the longer of it and the random time is
 * returned. */
int64_t chutes__retry_wait_ms(const struct chutes__retry_facts *facts);

#endif
