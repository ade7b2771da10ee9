/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SCRIPT_TEXT_H
#define CHUTES_MOCK_SCRIPT_TEXT_H

#include <stddef.h>

#include "mock/bytes.h"

/* Each returns NULL, or a constant that says what is wrong. */

/* An argument of a script: "quoted", with the escapes of C, several of which
 * are joined; or anything else, taken word for word. */
const char *mock_script_read_text(const char *argument, struct mock_bytes *out);

/* Pairs of hexadecimal digits, with blanks between. */
const char *mock_script_read_hex(const char *argument, struct mock_bytes *out);

/* The contents of a file below `directory`. */
const char *mock_script_read_file(const char *directory, const char *name,
                                  struct mock_bytes *out);

#endif
