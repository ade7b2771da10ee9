/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_TEXT_H
#define CHUTES_MOCK_SCRIPT_TEXT_H

#include <stddef.h>

#include "mock/bytes.h"

/* These return NULL, or a constant that says what is wrong. */

/* Appends an argument of a script: strings in quotes with the escapes of C,
 * which are joined, or any other text as it is. */
const char *mock_script_read_text(const char *argument, struct mock_bytes *out);

/* Appends the bytes of hexadecimal pairs, which blanks may separate. */
const char *mock_script_read_hex(const char *argument, struct mock_bytes *out);

/* Appends the contents of a file below `directory`. */
const char *mock_script_read_file(const char *directory, const char *name,
                                  struct mock_bytes *out);

#endif
