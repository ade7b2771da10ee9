/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_COST_H
#define CHUTES_CLI_COST_H

#include <chutes/chutes.h>

#include "cli/options.h"

/* For --usage, asks the server for the prices of its models. If it doesn't tell
 * them, costs are unknown. */
void cli_cost_learn(chutes_client *client, const struct cli_options *options);

/* Returns what the calls of the client cost so far, in US dollars; -1 if that
 * is unknown or nothing was answered. The client may be NULL. */
double cli_cost_of(chutes_client *client);

#endif
