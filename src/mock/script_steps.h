/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_STEPS_H
#define CHUTES_MOCK_SCRIPT_STEPS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "mock/bytes.h"
#include "mock/script.h"

/* A parsed script: steps, grouped by request and by connection. */

enum { MOCK_SCRIPT_MAX_LOOPS = 4 };
enum { MOCK_SCRIPT_FOR_EVER = -1 };

/* The expectations must come first: script_run.c compares verbs with the last
 * of them. */
enum mock_verb {
    MOCK_EXPECT,
    MOCK_EXPECT_HEADER,
    MOCK_EXPECT_NO_HEADER,
    MOCK_EXPECT_BODY,
    MOCK_EXPECT_BODY_CONTAINS,
    MOCK_EXPECT_BODY_LACKS,
    MOCK_SEND,
    MOCK_SEND_RAW,
    MOCK_BODY,
    MOCK_SPLIT,
    MOCK_SLEEP,
    MOCK_SLEEP_US,
    MOCK_WAIT,
    MOCK_AWAIT_CLOSE,
    MOCK_HANDSHAKE,
    MOCK_READ,
    MOCK_READ_HEAD,
    MOCK_DRAIN,
    MOCK_STALL,
    MOCK_HOLD,
    MOCK_RELEASE,
    MOCK_KEY_UPDATE,
    MOCK_TICKET,
    MOCK_HALF_CLOSE,
    MOCK_RST,
    MOCK_FIN,
    MOCK_FIN_DIRTY,
    MOCK_REPEAT,
    MOCK_END
};

struct mock_step {
    enum mock_verb verb;
    int line;
    long long number; /* bytes, ms, us or rounds, as the verb needs */
    struct mock_bytes text;
    size_t other;    /* the `end` of a `repeat`, and the reverse */
    int fd;          /* `wait` ends once it is readable; else -1 */
    atomic_bool met; /* `expect…` held at least once */
};

/* The steps that answer one request. */
struct mock_script_request {
    size_t first_step;
    size_t end_step;
    bool is_unread; /* `read-none`: they run without reading a request */
};

struct mock_script_connection {
    size_t first_request;
    size_t end_request;
};

struct mock_script {
    struct mock_step *steps;
    size_t step_count;
    struct mock_script_request *requests;
    size_t request_count;
    struct mock_script_connection *connections;
    size_t connection_count;
    pthread_mutex_t lock; /* guards `failure` */
    char failure[512];    /* empty: none */
};

#endif
