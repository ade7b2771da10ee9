/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPTION_TABLE_H
#define CHUTES_CLI_OPTION_TABLE_H

#include <stdio.h>

#include "cli/options.h"

enum cli_option_kind {
    CLI_OPTION_HELP,
    CLI_OPTION_VERSION,
    CLI_OPTION_TEXT,
    CLI_OPTION_LIST,
    CLI_OPTION_SWITCH,
    CLI_OPTION_LEVEL, /* how often it is given */
    CLI_OPTION_SECONDS,
    CLI_OPTION_AUTH,
    CLI_OPTION_POLICY,
    CLI_OPTION_RETRIES,
    CLI_OPTION_PRICE,   /* double, 0 or more */
    CLI_OPTION_COUNT,   /* int64_t, 1 or more */
    CLI_OPTION_SIZE,    /* size_t, 0 or more */
    CLI_OPTION_INT,     /* int, 0 or more */
    CLI_OPTION_UNSIGNED /* 0 or more */
};

struct cli_option_row {
    const char *name;
    char letter; /* NUL: none */
    enum cli_option_kind kind;
    unsigned commands; /* the commands that have it */
    size_t offset;     /* in struct cli_options */
    const char *value; /* what --help calls it; NULL: the option takes none */
    const char *help;
};

/* In the order of --help. */
extern const struct cli_option_row cli_option_rows[];
extern const size_t cli_option_row_count;
enum { CLI_OPTION_MAX_ROWS = 112 };

/* Stores a value in its field of `options`. Returns NULL, or what the value
 * must be. */
const char *cli_option_set(const struct cli_option_row *row,
                           struct cli_options *options, const char *text);

/* Prints the options of a command for --help. */
void cli_options_print_help(enum cli_command command, FILE *file);

#endif
