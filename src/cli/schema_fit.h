/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_FIT_H
#define CHUTES_CLI_SCHEMA_FIT_H

#include "cli/schema_state.h"

/* Reads a JSON Schema, an object that is valid JSON, for cli_tree_free() to
 * free; the text must live as long. Returns NULL if answers can't be checked
 * against it. `refusal` then says which keyword is in the way, such as
 * "#/properties/age/contains: …"; the caller frees the text. */
struct cli_node *cli_schema_tree(const char *schema, size_t len,
                                 char **refusal);

/* Returns true if the text is JSON that fits the schema. Otherwise `fault` says
 * where it differs, such as "$.age: expected integer, found \"x\"". */
bool cli_schema_fits(const struct cli_node *schema, const char *text,
                     size_t len, char fault[CLI_SCHEMA_FAULT_SIZE]);

#endif
