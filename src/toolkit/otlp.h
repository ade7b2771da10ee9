/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_OTLP_H
#define CHUTES_TOOLKIT_OTLP_H

#include <pthread.h>

#include <chutes/otlp.h>

#include "base/buf.h"

struct chutes_otlp {
    chutes_tracer tracer;
    struct chutes__buf head; /* of a document, before the spans */
    int file;                /* -1: spans go to a collector */
    int64_t timeout_ms;

    pthread_mutex_t mutex; /* guards these */
    struct chutes__buf queue;
    size_t queued;     /* spans in it */
    int64_t queued_us; /* when the first one came */
    int64_t dropped;

    pthread_mutex_t driver; /* held by the thread that drives the loop */
    chutes_client *client;  /* NULL for a file */
    chutes_loop *loop;
    size_t sending; /* spans on their way */
    chutes_status last;
};

/* Sets the callbacks of its tracer. */
void chutes__otlp_init_tracer(struct chutes_otlp *otlp);

#endif
