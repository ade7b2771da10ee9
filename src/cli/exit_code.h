/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EXIT_CODE_H
#define CHUTES_CLI_EXIT_CODE_H

#include <stdio.h>

#include <chutes/chutes.h>

/* Name, number and the line for --help. Scripts and schedulers rely on the
 * numbers: they never change. */
#define CLI_EXIT_MAP(XX)                                                     \
    XX(OK, 0, "success")                                                     \
    XX(API, 1, "an error from the server, or any other failure")             \
    XX(USAGE, 2, "the command line or a parameter is wrong")                 \
    XX(AUTH, 3, "no key, a refused key, or a wrong configuration")           \
    XX(LIMIT, 4, "a rate limit or a quota was reached")                      \
    XX(NETWORK, 5, "no connection, a lost one, or TLS failed")               \
    XX(TIMEOUT, 6, "a time limit was reached")                               \
    XX(TRUNCATED, 7, "the answer was cut off; text was printed up to there") \
    XX(REFUSED, 8, "a refusal, a content filter, or JSON that doesn't fit")  \
    XX(INTERRUPTED, 130, "interrupted; what arrived was printed")            \
    XX(PIPE, 141, "the reader of standard output closed it")                 \
    XX(TERMINATED, 143, "ended by SIGTERM; what arrived was printed")

enum cli_exit {
#define CLI_EXIT_ENUM(name, number, meaning) CLI_EXIT_##name = (number),
    CLI_EXIT_MAP(CLI_EXIT_ENUM)
#undef CLI_EXIT_ENUM
};

/* Returns the exit code of a call. `response` may be NULL; with one, refusals
 * are recognised. */
int cli_exit_of(chutes_status status, const chutes_error *error,
                const chutes_chat_response *response);

void cli_exit_print_table(FILE *file);

#endif
