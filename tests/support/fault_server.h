/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAULT_SERVER_H
#define CHUTES_TESTS_FAULT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "fault_random.h"

/*
 * A loopback server that reads each request whole and then takes the next step
 * of a random script: an answer, a refusal, a stream that ends in one of many
 * ways, a closed connection, garbage or silence. The last step repeats for all
 * further requests.
 */

enum fault_step_kind {
    FAULT_WHOLE,   /* an answer that is valid for every kind of call */
    FAULT_INTERIM, /* the same, after interim (1xx) responses */
    FAULT_STREAM,  /* some events, then an end of enum fault_stream_end */
    FAULT_REFUSAL, /* an HTTP error, perhaps with a time to wait */
    FAULT_CUT,     /* half an answer */
    FAULT_GARBAGE,
    FAULT_FIN, /* before the first byte of an answer */
    FAULT_RST,
    FAULT_SILENCE,      /* before the head */
    FAULT_HEAD_SILENCE, /* after the head */
    FAULT_STEP_KINDS
};

enum fault_stream_end {
    FAULT_END_DONE,
    FAULT_END_FINISHED, /* a finish_reason but no [DONE] */
    FAULT_END_CHUNKED,  /* complete for HTTP, without a finish_reason */
    FAULT_END_FIN,
    FAULT_END_RST,
    FAULT_END_ERROR,
    FAULT_END_BUSY, /* an error with the code 503 */
    FAULT_END_SILENCE,
    FAULT_STREAM_ENDS
};

/* What a server that promised to keep the connection does instead. It sends
 * this together with the end of a complete answer, so that a client which
 * checks the connection after the answer is sure to see it. */
enum fault_lie {
    FAULT_KEEPS,
    FAULT_CLOSES,
    FAULT_HALF_CLOSES, /* but would read another request */
    FAULT_UNASKED,     /* sends an answer without a request */
    FAULT_LATE,        /* sends 408, then closes */
    FAULT_LIES
};

struct fault_step {
    enum fault_step_kind kind;
    enum fault_stream_end end;
    int events;
    int status;
    char retry_after[64]; /* header lines with their CR LF, or "" */
    enum fault_lie lie;   /* after an answer that keeps the connection open */
};

enum { FAULT_STEPS_MAX = 8 };

struct fault_script {
    struct fault_step steps[FAULT_STEPS_MAX];
    int count;
};

void fault_script_make(struct fault_script *script, uint64_t *state);
const struct fault_step *fault_script_step(const struct fault_script *script,
                                           int number);
/* Does the step send a complete answer? */
bool fault_step_is_answer(const struct fault_step *step);

struct fault_server;

struct fault_server *fault_server_start(void);
void fault_server_stop(struct fault_server *server);
/* Valid until fault_server_stop(). */
const char *fault_server_url(const struct fault_server *server);

/* Also resets the request counts and the script position. Call it only while no
 * request is being answered. */
void fault_server_set_script(struct fault_server *server,
                             const struct fault_script *script);
/* Requests since fault_server_set_script(): all of them, and the POSTs. */
int fault_server_requests(const struct fault_server *server);
int fault_server_posts(const struct fault_server *server);
/* The number of the request about which the server will send nothing more,
 * although the connection stays open; 0: none. */
int fault_server_silent_over(const struct fault_server *server);

#endif
