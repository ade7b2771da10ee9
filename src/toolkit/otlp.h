/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_OTLP_H
#define CHUTES_TOOLKIT_OTLP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <chutes/otlp.h>

#include "base/buf.h"

struct chutes_otlp {
    chutes_tracer tracer;
    struct chutes__buf head; /* what a document has before its spans */
    int file;                /* -1: spans go to a collector */
    atomic_bool is_cut;      /* the last line of the file isn't complete */
    int64_t timeout_ms;
    pid_t process; /* the child of a fork() must not lock the mutexes */
    atomic_llong dropped;

    pthread_mutex_t mutex; /* guards these */
    struct chutes__buf queue;
    size_t queued;     /* spans in it */
    int64_t queued_us; /* when the first one came, or all came back */

    pthread_mutex_t driver; /* held by the thread that drives the loop */
    chutes_client *client;  /* NULL for a file */
    chutes_loop *loop;
    chutes_call *call;
    struct chutes__buf batch; /* the body that is being sent */
    size_t sending;           /* spans in it */
    int64_t step_us;          /* when the loop was driven last */
    int64_t spent_us;         /* on the batch */
    chutes_status last;
    bool is_unreachable; /* the last batch came back */
};

/* Sets the callbacks of its tracer. */
void chutes__otlp_init_tracer(struct chutes_otlp *otlp);

#endif
