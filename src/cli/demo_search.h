/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_DEMO_SEARCH_H
#define CHUTES_CLI_DEMO_SEARCH_H

#include "cli/demo_tour.h"

#include <stdbool.h>

/* Ranks bundled sentences for a query by their vectors. False: it failed. */
bool cli_demo_search(struct cli_tour *tour);

#endif
