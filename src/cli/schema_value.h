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

/* Returns the number of code points of a string, as JSON Schema counts. */
size_t cli_value_length(struct cli_value string);

/* Is it a number without a fraction, such as 1.0 or 1e2? */
bool cli_value_is_integer(struct cli_value number);

/* Returns a value below, equal to or above 0, as memcmp() does. Integers are
 * compared exactly if both fit into an int64_t, other numbers as doubles. */
int cli_value_compare(struct cli_value left, struct cli_value right);

/* Is a number a multiple of another one, which is above 0? 19.99 is one of
 * 0.01, although their doubles are not. */
bool cli_value_is_multiple(struct cli_value number, struct cli_value factor);

/* Returns a text that equal values have in common, however they are written and
 * in whatever order their members are. The caller frees it. */
char *cli_value_canonical(struct cli_value value);

/* Does an array have two elements that are equal? */
bool cli_value_has_twins(struct cli_value array);

#endif
