/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WORDING_H
#define CHUTES_CLI_WORDING_H

#include <chutes/chutes.h>

#include "cli/options.h"

enum { CLI_WORDING_SIZE = 1024 };

/* Sets the command that runs. Messages name only its options. */
void cli_wording_use(enum cli_command command);

/* Writes the message of `error` to `text`, with fields of the library replaced
 * by options and arguments of the command. It is cut at the end if it is too
 * long. Messages of a server are not changed. */
void cli_wording_of(const chutes_error *error, char text[CLI_WORDING_SIZE]);

#endif
