/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ATTEMPT_H
#define CHUTES_TESTS_ATTEMPT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "transport/transport.h"

#include "peer.h"

/*
 * One attempt of the transport as tests make it: what it asks for, what came of
 * it, and what its callbacks are to do. Checks the order of the callbacks as it
 * goes.
 */
struct attempt {
    /* POST of {"a":1} with a key, no proxy, http allowed, clocks of ten
     * seconds; to be changed before the start. */
    struct chutes__attempt request;

    /* What the sink does; all unset at first. `n` counts the calls of on_body
     * from 1. */
    chutes_status header_status;
    chutes_status head_status;
    chutes_status (*on_body)(struct attempt *attempt, int n);
    /* Instead of collecting the body. */
    chutes_status (*on_bytes)(struct attempt *attempt, const char *bytes,
                              size_t *len);
    void (*on_done)(struct attempt *attempt);
    atomic_bool is_unwanted; /* heeded between callbacks and steps */
    void *user_data;

    struct chutes__transfer *transfer;
    char headers[2048]; /* "Name=value;" for each */
    char body[4096];    /* cut; the result has the length */
    size_t body_len;
    int heads;
    int bodies;
    int dones;
    int http_status; /* as on_head had it */
    struct chutes__transfer_result result;
    int64_t elapsed_us; /* from the start to on_done */
    int64_t started_us;
};

/* `url` must outlive the attempt. */
void attempt_init(struct attempt *attempt, const char *url);

struct chutes__engine *attempt_engine(void);

/* An engine and a peer, without TLS by attempt_open(); closing checks that no
 * connection stays. */
struct attempt_pair {
    struct chutes__engine *engine;
    struct peer *peer;
};
struct attempt_pair attempt_open(const char *script);
struct attempt_pair attempt_open_tls(const char *script, enum peer_tls tls);
void attempt_close(struct attempt_pair pair);

/* A start that may fail. */
chutes_status attempt_try(struct attempt *attempt,
                          struct chutes__engine *engine, chutes_error *error);
void attempt_start(struct attempt *attempt, struct chutes__engine *engine);
/* Steps until it is done, for a minute at most. */
void attempt_finish(struct attempt *attempt, struct chutes__engine *engine);
/* Both. */
void attempt_run(struct attempt *attempt, struct chutes__engine *engine);

/* Any thread: has it cancelled by whoever steps the engine. */
void attempt_cancel(struct attempt *attempt, struct chutes__engine *engine);

/* Ends the test unless the result has this status and outcome. */
void attempt_expect(const struct attempt *attempt, chutes_status status,
                    chutes_outcome outcome);
/* Runs it; ends the test unless it comes to this. */
void attempt_run_to(struct attempt *attempt, struct chutes__engine *engine,
                    chutes_status status, chutes_outcome outcome);
/* Ends the test unless the message of the result has this part. */
void attempt_expect_message(const struct attempt *attempt, const char *part);

#endif
