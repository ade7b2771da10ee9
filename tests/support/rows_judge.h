/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_JUDGE_H
#define CHUTES_TESTS_ROWS_JUDGE_H

#include <stdbool.h>

#include "call.h"
#include "peer.h"
#include "rows_table.h"

/* What on_attempt told of a call. */
struct rows_attempts {
    int count;
    chutes_attempt last;
    int64_t waits_ms;
};

/* One run of a row, and what came of it. */
struct rows_scene {
    const struct rows_row *row;
    const struct rows_expectation *expectation;
    const struct call *call;
    const struct peer *peer;
    bool is_tls;
    const struct rows_attempts *attempts;
};

/* Takes down what on_attempt tells, and checks its order; user_data is a struct
 * rows_attempts. */
void rows_watch_attempt(const chutes_attempt *attempt, void *user_data);

/* Ends the test, saying where, unless the call came to what the row says. */
void rows_judge_call(const struct rows_scene *scene);
/* Once the connections are closed: what the server counted. */
void rows_judge_peer(const struct rows_scene *scene);
/* Ends the test when it was too fast; false: it was too slow. */
bool rows_judge_time(const struct rows_scene *scene);
void rows_complain(const struct rows_scene *scene, const char *what,
                   const char *got, const char *want);

#endif
