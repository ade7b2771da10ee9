/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_COST_H
#define CHUTES_CLI_COST_H

#include <chutes/chutes.h>

#include "cli/options.h"

/* For --usage and --max-cost, asks the server for the prices of its models. If
 * it doesn't list them, costs are unknown, and no call begins under
 * --max-cost. */
void cli_cost_learn(chutes_client *client, const struct cli_options *options);

/* The tokens that the calls of a client used, and their cost. */
struct cli_spent {
    bool has_usage;     /* there were several calls, whose usage is known */
    chutes_usage usage; /* the sum */
    double cost_usd;    /* below 0: unknown */
};

/* Returns what the calls of the client have used. The client may be NULL. */
struct cli_spent cli_spent_by(chutes_client *client);

#endif
