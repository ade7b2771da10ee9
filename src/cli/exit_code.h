/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EXIT_CODE_H
#define CHUTES_CLI_EXIT_CODE_H

#include <chutes/chutes.h>

#include <stdio.h>

/* What scripts and schedulers rely on: never renumbered. Number, name, and the
 * line for --help. */
#define CLI_EXIT_MAP(XX)                                                 \
    XX(OK, 0, "success")                                                 \
    XX(API, 1, "the server answered with an error, or another failure")  \
    XX(USAGE, 2, "the command line or a parameter is wrong")             \
    XX(AUTH, 3, "no key, or the key or the configuration was refused")   \
    XX(LIMIT, 4, "rate limit or quota")                                  \
    XX(NETWORK, 5, "no connection, or TLS failed")                       \
    XX(TIMEOUT, 6, "a time limit was reached")                           \
    XX(TRUNCATED, 7, "the answer was cut off; what arrived was printed") \
    XX(REFUSED, 8, "the model refused, or a content filter stopped it")  \
    XX(INTERRUPTED, 130, "interrupted; what had arrived was printed")    \
    XX(PIPE, 141, "standard output was closed by its reader")            \
    XX(TERMINATED, 143, "ended by SIGTERM; what had arrived was printed")

enum cli_exit {
#define CLI_EXIT_ENUM(name, number, meaning) CLI_EXIT_##name = (number),
    CLI_EXIT_MAP(CLI_EXIT_ENUM)
#undef CLI_EXIT_ENUM
};

/* The exit code of a call. `response` may be NULL; it tells refusals. */
int cli_exit_of(chutes_status status, const chutes_error *error,
                const chutes_chat_response *response);

void cli_exit_print_table(FILE *file);

#endif
