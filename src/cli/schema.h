/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_H
#define CHUTES_CLI_SCHEMA_H

#include <stdbool.h>

#include <chutes/chutes.h>

#include "cli/output.h"

/*
 * The JSON Schema of an answer: --schema. It is read from a file, or made of a
 * short form: names with a type each, such as
 *
 *     name,age int,tags[],email?
 *
 * The types are text (the default), int, number and bool; [] is an array of the
 * type, and ? means that the value may be null.
 */

/* Returns the schema, which the caller frees with free(), or NULL after a
 * complaint, such as about a keyword that would not be checked. */
char *cli_schema_read(const char *given, struct cli_output *output);

/* Is it a short form, not the name of a file? */
bool cli_schema_is_short(const char *given);

/* Checks each choice of a complete answer. If one doesn't fit, makes `error`
 * say so, with CHUTES_ERR_MISMATCH. */
void cli_schema_judge(const char *schema, const chutes_chat_response *response,
                      chutes_error *error);

#endif
