/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_ESCAPE_H
#define CHUTES_JSON_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds to *size the number of bytes that the text has as a JSON string, without
 * its quotes. Returns false if the text is not valid UTF-8. */
bool chutes__json_measure_text(const char *text, uint64_t *size)
    __attribute__((warn_unused_result));

/* Writes a text that was measured and returns the end of what was written, or
 * NULL if that would exceed `end`. */
char *chutes__json_escape_text(char *out, const char *end, const char *text)
    __attribute__((warn_unused_result));

#endif
