/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_QUEUE_H
#define CHUTES_REQUEST_QUEUE_H

#include <stddef.h>

#include "base/list.h"
#include "request/config.h"
#include "request/limiter.h"
#include "request/retry.h"
#include "transport/transport.h"

/* The parts that the requests of a queue use. All must outlive the queue. */
struct chutes__request_queue_options {
    struct chutes__engine *engine;       /* where their attempts run */
    struct chutes__limiter *limiter;     /* shared with other queues */
    struct chutes__retry_budget *budget; /* likewise */
    const struct chutes__config *config;
    /* May a metered request make an attempt, for this model? Otherwise this
     * fills `error`, and the request ends. NULL: no request is metered. */
    chutes_status (*admit)(void *ledger, const char *model,
                           chutes_error *error);
    void *ledger;
};

/*
 * The requests of one engine, and so of one thread. A request that may not
 * begin yet, because the limiter has no turn for it, waits here.
 */
struct chutes__request_queue {
    struct chutes__request_queue_options options;
    struct chutes__link waiting; /* requests, in the order of the limiter */
    /* Where the failure of a request is described first. There may be thousands
     * of requests, of which few fail: a request gets an error of its own only
     * when its error must outlast a callback. Clear whenever no failure is
     * being handled. */
    chutes_error scratch;
};

void chutes__request_queue_init(
    struct chutes__request_queue *queue,
    const struct chutes__request_queue_options *options);

/* Returns how many requests wait for their turn. */
size_t chutes__request_queue_waiting(const struct chutes__request_queue *queue);

#endif
