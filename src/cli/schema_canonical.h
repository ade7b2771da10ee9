/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_CANONICAL_H
#define CHUTES_CLI_SCHEMA_CANONICAL_H

#include "cli/schema_value.h"

/* Returns a text that equal values have in common, however they are written and
 * in whatever order their members are. The caller frees it. */
char *cli_canonical_text(struct cli_value value);

/* Does an array have two elements that are equal? */
bool cli_canonical_has_twins(struct cli_value array);

#endif
