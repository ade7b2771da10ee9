/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BASE64_H
#define CHUTES_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* Characters for len bytes, padding included; 0 when that overflows. */
size_t chutes__base64_encoded_len(size_t len);

/* Writes chutes__base64_encoded_len(len) characters, no NUL. */
void chutes__base64_encode(char *out, const void *bytes, size_t len);

/* Strict: standard alphabet, padding required, no blanks, zero trailing bits.
 * Writes at most len / 4 * 3 bytes; *out_len receives how many. */
bool chutes__base64_decode(unsigned char *out, size_t *out_len,
                           const char *text, size_t len);

#endif
