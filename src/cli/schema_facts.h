/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_FACTS_H
#define CHUTES_CLI_SCHEMA_FACTS_H

#include "cli/schema_members.h"
#include "cli/schema_state.h"

/*
 * What keywords ask about the values of an answer. The alternatives of a schema
 * ask the same about a value one after the other, so a check stores the
 * results for the latest few values at each depth of the answer.
 *
 * A result that isn't stored yet is computed, which uses up work of the check.
 * If too little work is left, the check has failed, and the result means
 * nothing.
 */

void cli_facts_begin(struct cli_fit *fit);
void cli_facts_end(struct cli_fit *fit);

/* Returns what cli_canonical_text() does, valid until the check asks about
 * other values at this depth. */
const char *cli_facts_canonical(struct cli_fit *fit, struct cli_value value);

/* Does an array have two elements that are equal? */
bool cli_facts_has_twins(struct cli_fit *fit, struct cli_value array);

/* Returns the number of characters, elements or members. */
size_t cli_facts_size(struct cli_fit *fit, struct cli_value value);

/* Returns the members, valid until the check asks about other values at this
 * depth. NULL: too little work is left. */
struct cli_members *cli_facts_members(struct cli_fit *fit,
                                      struct cli_value object);

#endif
