/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_FETCH_H
#define CHUTES_CLI_FETCH_H

#include <chutes/chutes.h>

#include "cli/output.h"

/* Does what chutes_invoke() does, and shows the user of a terminal how long it
 * takes; `noun` names what the user waits for. The parameters have no
 * on_head and no on_progress. */
void cli_fetch(chutes_loop *loop, const chutes_invoke_params *params,
               const char *noun, struct cli_output *output,
               chutes_invoke_response **response, chutes_error *error);

#endif
