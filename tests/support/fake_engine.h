/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAKE_ENGINE_H
#define CHUTES_TESTS_FAKE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

/*
 * An engine without sockets, for tests of what sits on it. A program that uses
 * it is linked with what tests/CMakeLists.txt has for test_request, which puts
 * these functions in place of the engine's, of its clock and of the random
 * source. There is one engine at a time. It records the attempts that are
 * started, and the test decides what becomes of them. Time passes only when the
 * test says so.
 */

enum { FAKE_ATTEMPTS_MAX = 16 };

struct fake_attempt {
    char url[128];
    char headers[512]; /* each line followed by "|" */
    char body[256];    /* "" for a GET */
    bool is_post;
    bool is_running;   /* its on_done was not called */
    bool is_cancelled; /* by chutes__transfer_cancel(): ends in the next step */
    bool is_paused;
    bool is_complete; /* by chutes__transfer_complete() */
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
/* Ends the test unless all attempts are done and all alarms were removed. */
void fake_engine_close(void);

struct chutes__engine *fake_engine(void);

void fake_engine_set_random(uint64_t bits);

/* The next starts fail with this status; CHUTES_OK: they succeed again. */
void fake_engine_fail_starts(chutes_status status);

/* What a step of the engine does: ends the attempts that were cancelled, then
 * calls the alarms that are due. Alarms that are set meanwhile wait for the
 * next step. */
void fake_engine_step(void);

/* Time passes, with a step whenever an alarm is due, and one at the end. */
void fake_engine_pass(int64_t ms);

/* Time passes without any step. */
void fake_engine_skip(int64_t ms);

/* How many attempts were started. */
size_t fake_engine_started(void);

/* The n-th of them, from 0. */
struct fake_attempt *fake_engine_attempt(size_t n);

/* The n-th attempt is answered, and ends in good order. */
void fake_engine_answer(size_t n, struct fake_answer answer);

/* The parts of that. Returns the status of the callback that refused, or
 * CHUTES_OK. */
chutes_status fake_engine_begin_answer(size_t n, struct fake_answer answer);
/* The end, by itself: OK, or a failure of the connection. */
void fake_engine_end(size_t n, chutes_status status, chutes_outcome outcome,
                     const char *message);

/* Was the waker rung since this was last asked? */
bool fake_engine_was_rung(void);

#endif
