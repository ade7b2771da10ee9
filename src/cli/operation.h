/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPERATION_H
#define CHUTES_CLI_OPERATION_H

#include <chutes/chutes.h>

#include "cli/options.h"
#include "cli/output.h"

/* Like chutes_invoke(), but waits for the operation that the answer names, and
 * responds with its first artifact or, if it has none, its description. Further
 * artifacts become files if the first one does. The answer to the request is
 * the response if it names no operation; the response may be set beside an
 * error, so that nothing is lost. --timeout limits all of it together. */
void cli_operation_invoke(chutes_loop *loop, const chutes_invoke_params *params,
                          const struct cli_options *options,
                          struct cli_output *output,
                          chutes_invoke_response **response,
                          chutes_error *error);

#endif
