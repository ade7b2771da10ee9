/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_WORKER_H
#define CHUTES_TESTS_MANY_WORKER_H

#include "bench/many_server.h"

#include <stdbool.h>
#include <sys/types.h>

/* Runs one of the two clients in a process of its own, so that neither reuses
 * memory that the other has freed. */

/* The streams of one round. */
struct many_order {
    int streams;
    int at_once; /* the same in all rounds of a client */
    int min_events;
    int more_events;
    bool is_last; /* the client and its connections are closed after it */
};

struct many_memory {
    double own; /* bytes that our library allocated */
    double heap;
    double rss;
};

/* The result of a round. */
struct many_report {
    double event_us;
    long lost; /* missing events, and streams without all of their events */
    int threads;
    double own; /* bytes that our library holds at the end */
    /* Bytes of the process at the end; after a last round without the client.
     */
    double resident;
    /* The memory of an open stream; measured in the first round. */
    struct many_memory memory;
};

struct many_worker {
    pid_t pid;
    int orders; /* descriptors */
    int reports;
};

/* Each function ends the program on failure. */
struct many_worker many_worker_start(struct many_server *server, bool is_ours);
void many_worker_stop(const struct many_worker *worker);
struct many_report many_worker_run(const struct many_worker *worker,
                                   const struct many_order *order);

#endif
