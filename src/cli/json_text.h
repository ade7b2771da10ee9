/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_JSON_TEXT_H
#define CHUTES_CLI_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A text that may be JSON, without the white space around it. */
struct cli_json_found {
    const char *text;
    size_t len;
    bool is_json;
    size_t fault_at; /* the first byte that is wrong */
};

struct cli_json_found cli_json_text_of(const char *text, size_t len);

/* Does it begin like an object, an array or a string? */
bool cli_json_text_begins(const struct cli_json_found *json);

#endif
