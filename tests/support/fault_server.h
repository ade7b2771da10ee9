/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FAULT_SERVER_H
#define CHUTES_TESTS_FAULT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "fault_random.h"

/*
 * A loopback server that reads each request whole and then does what chance
 * has thought of: answers, refusals, streams that end in many ways, closed
 * connections, garbage, silence. A script says what is done to successive
 * requests; the last step stands for all that follow.
 */

enum fault_step_kind {
    FAULT_WHOLE,   /* an answer to every kind of call */
    FAULT_INTERIM, /* the same, behind interim ones */
    FAULT_STREAM,  /* some events, and an end */
    FAULT_REFUSAL, /* an HTTP status, and perhaps a time to wait */
    FAULT_CUT,     /* half an answer */
    FAULT_GARBAGE,
    FAULT_FIN, /* before a byte of an answer */
    FAULT_RST,
    FAULT_SILENCE,      /* before the head */
    FAULT_HEAD_SILENCE, /* behind it */
    FAULT_STEP_KINDS
};

enum fault_stream_end {
    FAULT_END_DONE,
    FAULT_END_FINISHED, /* a finish_reason, and no [DONE] */
    FAULT_END_CHUNKED,  /* in good order for HTTP alone */
    FAULT_END_FIN,
    FAULT_END_RST,
    FAULT_END_ERROR,
    FAULT_END_BUSY, /* an error with the code 503 */
    FAULT_END_SILENCE,
    FAULT_STREAM_ENDS
};

/* What a server that promised to keep the connection does instead, at the
 * moment at which an answer in good order has ended: so that whoever looks at
 * the connection behind the answer is sure to see it. */
enum fault_lie {
    FAULT_KEEPS,
    FAULT_CLOSES,
    FAULT_HALF_CLOSES, /* and would read on */
    FAULT_UNASKED,     /* sends an answer to no request */
    FAULT_LATE,        /* says 408, and closes */
    FAULT_LIES
};

struct fault_step {
    enum fault_step_kind kind;
    enum fault_stream_end end;
    int events;
    int status;
    char retry_after[64]; /* a header line, or "" */
    enum fault_lie lie;   /* behind an answer that leaves a connection */
};

enum { FAULT_STEPS_MAX = 8 };

struct fault_script {
    struct fault_step steps[FAULT_STEPS_MAX];
    int count;
};

void fault_script_make(struct fault_script *script, uint64_t *state);
const struct fault_step *fault_script_step(const struct fault_script *script,
                                           int number);
/* Does it hold all that makes up an answer? */
bool fault_step_is_answer(const struct fault_step *step);

struct fault_server;

struct fault_server *fault_server_start(void);
void fault_server_stop(struct fault_server *server);
/* Borrowed. */
const char *fault_server_url(const struct fault_server *server);

/* Requests count from nought again. Not while one is being answered. */
void fault_server_set_script(struct fault_server *server,
                             const struct fault_script *script);
/* Since then: all, and those that were POSTs. */
int fault_server_requests(const struct fault_server *server);
int fault_server_posts(const struct fault_server *server);
/* The request that the server is silent over, having sent all it will; 0:
 * none. */
int fault_server_silent_over(const struct fault_server *server);

#endif
