/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_NUMBER_H
#define CHUTES_CLI_SCHEMA_NUMBER_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/schema_value.h"

/* Numbers of JSON, which are decimal: however many digits they have, they are
 * read and compared exactly. Only exponents beyond ±10^15 count as that. */

/* Is it a number without a fraction, such as 1.0 or 1e2? */
bool cli_number_is_integer(struct cli_value number);

/* Returns a value below, equal to or above 0, as memcmp() does. */
int cli_number_compare(struct cli_value left, struct cli_value right);

/* Is this a factor for cli_number_is_multiple(): a number above 0 with at most
 * 18 digits, not counting the zeros at its ends? */
bool cli_number_is_factor(struct cli_value value);

/* Is a number a multiple of a factor? */
bool cli_number_is_multiple(struct cli_value number, struct cli_value factor);

/* Writes a text that equal numbers have in common, however they are written. */
void cli_number_put(FILE *file, struct cli_value number);

#endif
