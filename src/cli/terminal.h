/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_TERMINAL_H
#define CHUTES_CLI_TERMINAL_H

#include <stdbool.h>

/*
 * Asks the terminal whether it shows sixels. It is asked only if standard input
 * and standard output are terminals and this process is in the foreground, and
 * it has a second to reply; otherwise the answer is false. A signal meanwhile
 * ends the command once the terminal is as it was.
 */
bool cli_terminal_has_sixels(void);

#endif
