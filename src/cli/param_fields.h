/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_PARAM_FIELDS_H
#define CHUTES_CLI_PARAM_FIELDS_H

#include <stddef.h>
#include <stdio.h>

enum cli_param_kind {
    CLI_PARAM_NUMBER,  /* double */
    CLI_PARAM_INTEGER, /* int64_t */
    CLI_PARAM_SMALL,   /* int */
    CLI_PARAM_SWITCH,  /* int: 0, 1, false, true */
    CLI_PARAM_TEXT,
    CLI_PARAM_JSON,
    CLI_PARAM_STOP
};

/* A parameter that has a field in chutes_chat_params. */
struct cli_param_field {
    const char *key;
    enum cli_param_kind kind;
    char json_start; /* a value with this first byte is JSON, for extra_json */
    size_t offset;
};

extern const struct cli_param_field cli_param_fields[];
extern const size_t cli_param_field_count;

/* Returns NULL if no field has that key. */
const struct cli_param_field *cli_param_field_find(const char *key);

/* Returns the parameter that was most likely meant by `key`; NULL if none is
 * near or some servers are known to accept `key` itself. */
const char *cli_param_suggest(const char *key);

/* Prints the keys for --help. */
void cli_param_print_keys(FILE *file);

#endif
