/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_PATTERN_H
#define CHUTES_CLI_SCHEMA_PATTERN_H

#include <stdbool.h>

#include "cli/schema_value.h"

enum { CLI_PATTERN_FAULT_SIZE = 128 };

/* Is this one of the patterns that <chutes/schema.h> describes? If not, `fault`
 * says why. */
bool cli_pattern_check(const char *pattern, char fault[CLI_PATTERN_FAULT_SIZE]);

/* Does a string of JSON match a pattern that was checked? */
bool cli_pattern_takes(const char *pattern, struct cli_value string);

#endif
