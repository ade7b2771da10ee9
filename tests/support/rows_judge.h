/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_JUDGE_H
#define CHUTES_TESTS_ROWS_JUDGE_H

#include <stdbool.h>

#include "call.h"
#include "peer.h"
#include "rows_table.h"

/* What on_attempt reported about a call. */
struct rows_attempts {
    int count;
    chutes_attempt last;
    int64_t waits_ms;
};

/* One run of a row, and its result. */
struct rows_scene {
    const struct rows_row *row;
    const struct rows_expectation *expectation;
    const struct call *call;
    const struct peer *peer;
    bool is_tls;
    const struct rows_attempts *attempts;
};

/* An on_attempt that records its arguments and checks their order; user_data is
 * a struct rows_attempts. */
void rows_watch_attempt(const chutes_attempt *attempt, void *user_data);

/* Fails the test, with the place in the row, unless the call had the result
 * that the row requires. */
void rows_judge_call(const struct rows_scene *scene);
/* Call it once the connections are closed: compares the server's counts. */
void rows_judge_peer(const struct rows_scene *scene);
/* Fails the test if the call was too fast or too slow. */
void rows_judge_time(const struct rows_scene *scene);
void rows_complain(const struct rows_scene *scene, const char *what,
                   const char *got, const char *want);

#endif
