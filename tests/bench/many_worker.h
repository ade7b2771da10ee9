/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_WORKER_H
#define CHUTES_TESTS_MANY_WORKER_H

#include "bench/many_server.h"

#include <stdbool.h>
#include <sys/types.h>

/* One of the two clients, in a process of its own, so that neither uses what
 * the other has freed. */

/* A round. */
struct many_order {
    int streams;
    int at_once; /* the same in all rounds of a client */
    int min_events;
    int more_events;
    bool is_last; /* of the client and its connections */
};

struct many_memory {
    double own; /* bytes that our library allocated */
    double heap;
    double rss;
};

/* What came of it. */
struct many_report {
    double event_us;
    long lost; /* streams without all of their events, and events */
    int threads;
    double own;      /* bytes that our library holds in the end */
    double resident; /* bytes in the end, without the client if it was its last
                        round */
    /* Of the first round, for an open stream: what it takes. */
    struct many_memory memory;
};

struct many_worker {
    pid_t pid;
    int orders; /* descriptors */
    int reports;
};

/* All end the program when they can't. */
struct many_worker many_worker_start(struct many_server *server, bool is_ours);
void many_worker_stop(const struct many_worker *worker);
struct many_report many_worker_run(const struct many_worker *worker,
                                   const struct many_order *order);

#endif
