/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_JSON_OUT_H
#define CHUTES_CLI_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Prints JSON with its commas and escapes. Start with {file, false}. Text must
 * be UTF-8, as all text from the library is. */
struct cli_json {
    FILE *file;
    bool needs_comma;
};

void cli_json_open(struct cli_json *json, char bracket);
void cli_json_close(struct cli_json *json, char bracket);
void cli_json_key(struct cli_json *json, const char *key);

void cli_json_null(struct cli_json *json);
void cli_json_bool(struct cli_json *json, bool value);
void cli_json_integer(struct cli_json *json, int64_t value);
/* Prints null for a value below 0, which the library uses for "unknown". */
void cli_json_count(struct cli_json *json, int64_t value);
void cli_json_number(struct cli_json *json, double value, int decimals);
/* Print the fewest digits that read back as the same number, which must be
 * finite. */
void cli_json_float(struct cli_json *json, float value);
void cli_json_double(struct cli_json *json, double value);
/* Prints null for NULL. */
void cli_json_string(struct cli_json *json, const char *text, size_t len);
/* Prints null for NULL and "". */
void cli_json_text(struct cli_json *json, const char *text);
/* Prints a JSON text on one line: line ends become blanks, and bytes that are
 * not UTF-8 become U+FFFD. If the file is a terminal, unsafe characters become
 * escapes. A text that is not JSON, which it isn't if it contains NaN, is
 * printed as a string, and NULL as null. */
void cli_json_raw(struct cli_json *json, const char *text, size_t len);

#endif
