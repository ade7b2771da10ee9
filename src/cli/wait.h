/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WAIT_H
#define CHUTES_CLI_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/chutes.h>

#include "cli/output.h"

/* The wait for an answer, and what is shown to the user meanwhile. */
struct cli_wait {
    struct cli_output *output;
    const char *noun; /* "image" */
    /* Without a terminal, a line is printed after 5 s, 10 s, 20 s and so on. */
    bool is_noted;
    bool is_done;
    bool is_arriving;                /* the head of the answer has come */
    chutes_invoke_progress progress; /* zeros: unknown */
};

/* An on_progress whose user_data is the wait: notes what is shown. */
int cli_wait_on_progress(const chutes_invoke_progress *progress,
                         void *user_data);

/* Drives the loop until is_done. On a terminal, a line of standard error counts
 * the seconds, as in "no image after 7 s, still waiting", and is gone at the
 * end. */
void cli_wait(struct cli_wait *wait, chutes_loop *loop);

#endif
