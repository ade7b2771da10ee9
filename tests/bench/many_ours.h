/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_OURS_H
#define CHUTES_TESTS_MANY_OURS_H

#include "bench/many_run.h"

#include <chutes/chutes.h>

/* The same streams as in many_bare.h, started by chutes_chat_start() on one
 * loop. */
struct many_ours;

/* Each function ends the program on failure. `at_once` limits the
 * connections. */
struct many_ours *many_ours_new(const struct many_server *server, int at_once);
void many_ours_free(struct many_ours *ours);

struct many_result many_ours_run(struct many_ours *ours,
                                 const struct many_run *run);

/*
 * Opens the streams and has another thread cancel them one by one, at random
 * moments, while events come. latencies_ms[n] receives the time from the
 * cancellation of stream n to its completion. The result's `exact` counts those
 * that ended as cancelled calls do.
 */
struct many_result many_ours_cancel(struct many_ours *ours,
                                    const struct many_run *run,
                                    double *latencies_ms);

#endif
