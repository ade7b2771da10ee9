/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SCHEMA_VALUE_H
#define CHUTES_CLI_SCHEMA_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

/* A value in a text that chutes_json_check() found to be JSON. Blanks before
 * and behind it are not part of it. */
struct cli_value {
    const char *text; /* NULL: there is no such value */
    size_t len;
};

/* Returns the value that the iterator is at. */
struct cli_value cli_value_at(const chutes_json_iterator *iterator);

chutes_json_type cli_value_type(struct cli_value value);

/* Returns the number of elements or members. */
size_t cli_value_count(struct cli_value value);

/* Returns the decoded text of a string. The caller frees it. */
char *cli_value_text(struct cli_value string);

/* Returns the number of code points of a string, as JSON Schema counts. */
size_t cli_value_length(struct cli_value string);

#endif
