/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_FORMAT_H
#define CHUTES_JSON_FORMAT_H

enum { CHUTES__JSON_DOUBLE_SIZE = 48 };

/* Writes the fewest digits that read back as the same finite number, in
 * JavaScript's format except that -0 keeps its sign. The locale has no
 * effect. */
void chutes__json_format_double(char out[CHUTES__JSON_DOUBLE_SIZE],
                                double number);

#endif
