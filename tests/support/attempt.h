/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ATTEMPT_H
#define CHUTES_TESTS_ATTEMPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "transport/transport.h"

#include "peer.h"

/*
 * One attempt of the transport: the request, its result, and what its callbacks
 * do. Asserts the order of the callbacks.
 */
struct attempt {
    /* By default a POST of {"a":1} with a key, no proxy, http allowed and
     * timeouts of ten seconds. Change it before the start. */
    struct chutes__attempt request;

    /* What the callbacks return or call; by default they return CHUTES_OK. `n`
     * is the number of the on_body call, from 1. */
    chutes_status header_status;
    chutes_status head_status;
    void (*on_head)(struct attempt *attempt); /* called as well, if set */
    chutes_status (*on_body)(struct attempt *attempt, int n);
    /* If set, replaces collecting the body and on_body. */
    chutes_status (*on_bytes)(struct attempt *attempt, const char *bytes,
                              size_t *len);
    void (*on_done)(struct attempt *attempt);
    atomic_bool is_unwanted; /* checked after body callbacks and before steps */
    void *user_data;

    struct chutes__transfer *transfer;
    char headers[2048]; /* "Name=value;" for each */
    char body[4096];    /* truncated; the result has the full length */
    size_t body_len;
    int heads;
    int bodies;
    int dones;
    int http_status; /* from on_head */
    struct chutes__transfer_result result;
    int64_t elapsed_us; /* from the start to on_done */
    int64_t started_us;
};

/* `url` must outlive the attempt. */
void attempt_init(struct attempt *attempt, const char *url);

struct chutes__engine *attempt_engine(void);

/* An engine and a peer; attempt_open() starts the peer without TLS.
 * attempt_close() asserts that every connection is closed. */
struct attempt_pair {
    struct chutes__engine *engine;
    struct peer *peer;
};
struct attempt_pair attempt_open(const char *script);
struct attempt_pair attempt_open_tls(const char *script, enum peer_tls tls);
void attempt_close(struct attempt_pair pair);

/* Starts an attempt; returns the failure instead of failing the test. */
chutes_status attempt_try(struct attempt *attempt,
                          struct chutes__engine *engine, chutes_error *error);
void attempt_start(struct attempt *attempt, struct chutes__engine *engine);
/* Steps the engine until the attempt is done; fails the test after a minute. */
void attempt_finish(struct attempt *attempt, struct chutes__engine *engine);
/* Starts and finishes the attempt. */
void attempt_run(struct attempt *attempt, struct chutes__engine *engine);

/* May be called on any thread. Asks the thread that steps the engine to cancel
 * the attempt. */
void attempt_cancel(struct attempt *attempt, struct chutes__engine *engine);

/* Fails the test unless the result has this status and outcome. */
void attempt_expect(const struct attempt *attempt, chutes_status status,
                    chutes_outcome outcome);
/* Runs the attempt; fails the test unless it has this status and outcome. */
void attempt_run_to(struct attempt *attempt, struct chutes__engine *engine,
                    chutes_status status, chutes_outcome outcome);
/* Fails the test unless the message of the result contains `part`. */
void attempt_expect_message(const struct attempt *attempt, const char *part);

#endif
