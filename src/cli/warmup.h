/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WARMUP_H
#define CHUTES_CLI_WARMUP_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* Waits until a chute is hot, and notes the progress. */
void cli_warm_up(chutes_client *client, const char *chute,
                 const struct cli_options *options, struct cli_output *output,
                 chutes_error *error);

#endif
