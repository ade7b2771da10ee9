/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WAIT_H
#define CHUTES_CLI_WAIT_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/output.h"

/* Drives the loop until *is_done, and notes from time to time how long it has
 * taken, as in "no video after 5 s, still waiting". */
void cli_wait(chutes_loop *loop, const bool *is_done, const char *noun,
              struct cli_output *output);

#endif
