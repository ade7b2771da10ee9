/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_FIT_H
#define CHUTES_CLI_SCHEMA_FIT_H

#include "cli/schema_state.h"

/* Returns NULL if answers can be checked against the JSON Schema, an object
 * that is valid JSON. Otherwise says which keyword is in the way, such as
 * "#/properties/age/contains: …"; the caller frees the text. */
char *cli_schema_refusal(const char *schema, size_t len);

/* Returns true if the text is JSON that fits the schema. Otherwise `fault` says
 * where it differs, such as "$.age: expected integer, found \"x\"". */
bool cli_schema_fits(const char *schema, const char *text, size_t len,
                     char fault[CLI_SCHEMA_FAULT_SIZE]);

#endif
