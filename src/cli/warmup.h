/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WARMUP_H
#define CHUTES_CLI_WARMUP_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* Waits until a chute is hot, and notes the progress. CHUTES_UNSET: as long as
 * the library does. */
void cli_warm_up(chutes_client *client, const char *chute,
                 const struct cli_options *options, int64_t timeout_ms,
                 struct cli_output *output, chutes_error *error);

#endif
