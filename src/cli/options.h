/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_OPTIONS_H
#define CHUTES_CLI_OPTIONS_H

#include "cli/output.h"
#include "mock/demo.h"

#include <chutes/chutes.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The commands; bits, so that an option can name all that know it. */
enum cli_command {
    CLI_CHAT = 1 << 0,
    CLI_EMBED = 1 << 1,
    CLI_MODELS = 1 << 2,
    CLI_DEMO = 1 << 3,
    CLI_MOCK = 1 << 4,
    CLI_VERSION = 1 << 5,
    CLI_HELP = 1 << 6
};

/* Texts in the order given. */
struct cli_list {
    const char **items;
    size_t count;
};

/* What the command line says; texts live as long as argv. */
struct cli_options {
    struct cli_list operands;
    struct cli_list params; /* -p */
    struct cli_list images;
    struct cli_list fallbacks; /* models */
    const char *model;
    const char *system;
    const char *base_url;
    const char *ca_file;
    const char *proxy;
    chutes_auth auth;
    int64_t timeout_ms; /* CHUTES_UNSET: not given */
    int64_t dimensions; /* likewise */
    int64_t batch;      /* likewise */
    int retries;        /* likewise */
    chutes_retry_policy retry_policy;
    int verbosity;
    bool is_json;
    bool is_whole; /* --no-stream */
    bool is_quiet;
    bool hides_reasoning;
    bool shows_usage;
    bool asks_base64;
    bool keeps_going;
    bool allows_insecure_http;

    struct mock_demo_options mock;
    const char *script; /* of the mock; NULL: the demo model */
};

enum cli_parse {
    CLI_PARSED,
    CLI_PARSED_HELP,
    CLI_PARSED_VERSION,
    CLI_PARSED_WRONG /* and a complaint was made */
};

/* argv[0] is what complaints begin with, such as "chutes chat". Dispose in
 * every case. */
enum cli_parse cli_options_parse(struct cli_options *options,
                                 enum cli_command command, int argc,
                                 char **argv, struct cli_output *output);
void cli_options_dispose(struct cli_options *options);

/* The lines for --help, from the table that parses too. */
void cli_options_print_help(enum cli_command command, FILE *file);

#endif
