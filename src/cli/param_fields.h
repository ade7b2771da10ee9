/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_PARAM_FIELDS_H
#define CHUTES_CLI_PARAM_FIELDS_H

#include <stddef.h>
#include <stdio.h>

#include "cli/options.h"

enum cli_param_kind {
    CLI_PARAM_NUMBER,  /* double */
    CLI_PARAM_INTEGER, /* int64_t */
    CLI_PARAM_SMALL,   /* int */
    CLI_PARAM_SWITCH,  /* int: 0, 1, false, true */
    CLI_PARAM_TEXT,
    CLI_PARAM_JSON,
    CLI_PARAM_STOP
};

/* A parameter that has a field in the parameters of a call. */
struct cli_param_field {
    const char *key;
    enum cli_param_kind kind;
    char json_start; /* a value with this first byte is JSON, for extra_json */
    size_t offset;
};

struct cli_param_table {
    const struct cli_param_field *fields;
    size_t count;
};

extern const struct cli_param_table cli_chat_fields; /* chutes_chat_params */
extern const struct cli_param_table cli_complete_fields; /* likewise */

/* Returns the table of a command; NULL: it sends all parameters unchanged. */
const struct cli_param_table *cli_param_table_of(enum cli_command command);

/* Returns NULL if no field has that key. */
const struct cli_param_field *
cli_param_field_find(const struct cli_param_table *table, const char *key);

/* Returns the parameter that was most likely meant by `key`; NULL if none is
 * near or some servers are known to accept `key` itself. */
const char *cli_param_suggest(const struct cli_param_table *table,
                              const char *key);

/* Prints the keys for --help. */
void cli_param_print_keys(const struct cli_param_table *table, FILE *file);

#endif
