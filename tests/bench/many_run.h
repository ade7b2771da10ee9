/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_RUN_H
#define CHUTES_TESTS_MANY_RUN_H

#include "bench/many_server.h"

#include <time.h>

/* The streams that a client requests from the server. */
struct many_run {
    struct many_server *server;
    int streams;
    int at_once;
    int min_events; /* of a stream; stream n has n % (more_events + 1) more */
    int more_events;
    /* Called once, when half of the events have arrived, to measure the memory.
     * May be NULL. */
    void (*on_middle)(void *ctx);
    void *ctx;
};

/* The result of a run. */
struct many_result {
    double cpu_s; /* of the thread, from the first start to the last end */
    long events;
    int exact; /* streams that ended correctly, with all of their events */
};

static inline int many_events_of(const struct many_run *run, int stream)
{
    return run->min_events + stream % (run->more_events + 1);
}

static inline long many_events(const struct many_run *run)
{
    long events = 0;

    for (int i = 0; i < run->streams; i++) {
        events += many_events_of(run, i);
    }
    return events;
}

static inline double many_thread_cpu_s(void)
{
    struct timespec time;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#endif
