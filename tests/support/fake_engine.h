/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAKE_ENGINE_H
#define CHUTES_TESTS_FAKE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

/*
 * An engine without sockets, for tests of the layer above it. A program that
 * uses it is linked with the flags that tests/CMakeLists.txt has for
 * test_request: they replace the functions of the engine, its clock and the
 * random source by these. There is only one engine at a time. It records the
 * attempts that are started; the test decides how each goes on. Time passes
 * only when the test says so.
 */

enum { FAKE_ATTEMPTS_MAX = 16 };

struct fake_attempt {
    char url[128];
    char headers[512]; /* each line followed by "|" */
    char body[256];    /* "" for a GET */
    bool is_post;
    bool is_running;   /* its on_done has not been called yet */
    bool is_cancelled; /* by chutes__transfer_cancel(); ends in the next step */
    bool is_paused;
    bool is_complete; /* by chutes__transfer_complete() */
    bool expects_end; /* by chutes__transfer_expect_end() */
    struct chutes__transfer_sink sink;
};

/* What a server answers. */
struct fake_answer {
    int http_status;
    const char *headers; /* "Name: value|Name: value"; NULL: none */
    const char *body;    /* NULL: none */
};

/* Random bits are 0 until a test sets others. */
void fake_engine_open(void);
/* Fails the test unless every attempt is done and every alarm was removed. */
void fake_engine_close(void);

struct chutes__engine *fake_engine(void);

void fake_engine_set_random(uint64_t bits);

/* All later starts fail with this status, until it is CHUTES_OK. */
void fake_engine_fail_starts(chutes_status status);

/* Does what a step of the engine does: ends the cancelled attempts, then calls
 * the alarms that are due. An alarm that is set during the step waits for the
 * next one. */
void fake_engine_step(void);

/* Lets time pass, with a step whenever an alarm is due and another at the
 * end. */
void fake_engine_pass(int64_t ms);

/* Lets time pass without any step. */
void fake_engine_skip(int64_t ms);

/* How many attempts were started. */
size_t fake_engine_started(void);

/* The n-th attempt, from 0. */
struct fake_attempt *fake_engine_attempt(size_t n);

/* Answers the n-th attempt and ends it with CHUTES_OK. */
void fake_engine_answer(size_t n, struct fake_answer answer);

/* Two halves of fake_engine_answer(). This one sends the answer without its
 * end. Returns the status of the callback that refused it, or CHUTES_OK. */
chutes_status fake_engine_begin_answer(size_t n, struct fake_answer answer);
/* Ends an attempt: CHUTES_OK, or a failure of the connection. */
void fake_engine_end(size_t n, chutes_status status, chutes_outcome outcome,
                     const char *message);

/* Has the waker been rung since the last call of this function? */
bool fake_engine_was_rung(void);

#endif
