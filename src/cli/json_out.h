/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_JSON_OUT_H
#define CHUTES_CLI_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Prints JSON to a file, commas and escapes included. Start with
 * {file, false}. Text is UTF-8 already, as all text of the library is. */
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
/* Below 0: null, as the library marks what it doesn't know. */
void cli_json_count(struct cli_json *json, int64_t value);
void cli_json_number(struct cli_json *json, double value, int decimals);
/* The fewest digits that read back as the same number, which is finite. */
void cli_json_float(struct cli_json *json, float value);
void cli_json_double(struct cli_json *json, double value);
/* NULL: null. */
void cli_json_string(struct cli_json *json, const char *text, size_t len);
/* NULL or "": null. */
void cli_json_text(struct cli_json *json, const char *text);
/* JSON that is ready. Its line ends become blanks, and what a terminal must not
 * get becomes an escape when the file is one: the value stays the same. */
void cli_json_raw(struct cli_json *json, const char *text, size_t len);

#endif
