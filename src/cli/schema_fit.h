/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_FIT_H
#define CHUTES_CLI_SCHEMA_FIT_H

#include <stdbool.h>
#include <stddef.h>

enum { CLI_SCHEMA_FAULT_SIZE = 256 };

/* Returns true if the text is JSON that fits the JSON Schema, an object that is
 * valid JSON. Otherwise `fault` says where it differs, such as "$.age: expected
 * integer, found \"x\"". Keywords that cli_schema_knows() doesn't know have no
 * effect. */
bool cli_schema_fits(const char *schema, const char *text, size_t len,
                     char fault[CLI_SCHEMA_FAULT_SIZE]);

/* Is this keyword checked, or does it need no check? */
bool cli_schema_knows(const char *keyword);

#endif
