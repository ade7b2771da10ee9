/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TRACE_H
#define CHUTES_CLI_TRACE_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* The file to which a command writes its spans, as OTLP: --trace, or else
 * CHUTES_TRACE. */

/* If there is a file to write to, opens it, unless the output has it already.
 * Returns false on failure, with the cause in `error`. */
bool cli_trace_open(struct cli_output *output,
                    const struct cli_options *options, chutes_error *error);

/* Returns what reports to the file; NULL: the command isn't traced. */
const chutes_tracer *cli_trace_tracer(const struct cli_output *output);

/* Closes the file, and complains if spans are missing in it. All clients with
 * its tracer must have been freed. */
void cli_trace_close(struct cli_output *output);

#endif
