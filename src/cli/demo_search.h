/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_DEMO_SEARCH_H
#define CHUTES_CLI_DEMO_SEARCH_H

#include <stdbool.h>

#include "cli/demo_tour.h"

/* Ranks the sentences by their similarity to a query. Returns false on failure,
 * with the cause in tour->error. */
bool cli_demo_search(struct cli_tour *tour);

#endif
