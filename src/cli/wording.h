/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_WORDING_H
#define CHUTES_CLI_WORDING_H

#include <chutes/chutes.h>

/* A message of the library that names its fields becomes one that names the
 * options of the command. */
enum { CLI_WORDING_SIZE = 1024 };

/* Writes the message of `error` to `text`, cut at the end where it is too
 * long. A server's own words stay as they are. */
void cli_wording_of(const chutes_error *error, char text[CLI_WORDING_SIZE]);

#endif
