/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_COPY_H
#define CHUTES_JSON_COPY_H

#include <stddef.h>

/* Copies bytes of a string up to the first that needs decoding (a backslash or
 * a non-ASCII byte), and returns how many these are. Writes at most `len`
 * bytes, those after the returned number being of no use. */
size_t chutes__json_copy_plain(char *to, const char *from, size_t len);

/* Does the same without SIMD instructions. */
size_t chutes__json_copy_plain_portable(char *to, const char *from, size_t len);

#endif
