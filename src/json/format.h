/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_FORMAT_H
#define CHUTES_JSON_FORMAT_H

#include <stdint.h>

enum { CHUTES__JSON_INT_SIZE = 24, CHUTES__JSON_DOUBLE_SIZE = 48 };

/* Writes an integer and returns the end of its text, where a NUL follows. */
char *chutes__json_format_int(char out[CHUTES__JSON_INT_SIZE], int64_t number);

/* Writes the fewest digits that read back as the same finite number, in
 * JavaScript's format except that -0 keeps its sign. The locale has no
 * effect. */
void chutes__json_format_double(char out[CHUTES__JSON_DOUBLE_SIZE],
                                double number);

#endif
