/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CONNECT_H
#define CHUTES_CLI_CONNECT_H

#include "cli/options.h"
#include "cli/output.h"

#include <chutes/chutes.h>

/* A client as the options say, which a signal cancels from now on. NULL on
 * failure; `error` then says why. `output` must outlive it: logs go there. */
chutes_client *cli_connect(const struct cli_options *options,
                           struct cli_output *output, chutes_error *error);
void cli_disconnect(chutes_client *client);

#endif
