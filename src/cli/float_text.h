/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_FLOAT_TEXT_H
#define CHUTES_CLI_FLOAT_TEXT_H

enum { CLI_FLOAT_SIZE = 32 };

/* Writes the shortest of "%.6g" to "%.9g" that reads back as the same float. */
void cli_float_text(char text[CLI_FLOAT_SIZE], float value);

#endif
