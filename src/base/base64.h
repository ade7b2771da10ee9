/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BASE64_H
#define CHUTES_BASE_BASE64_H

#include <stddef.h>

#include "base/slice.h"

/* Returns the number of characters for len bytes, padding included; 0 if that
 * overflows. */
size_t chutes__base64_encoded_len(size_t len);

/* Writes chutes__base64_encoded_len(len) characters, no NUL. */
void chutes__base64_encode(char *out, const void *bytes, size_t len);

/*
 * Decodes the standard and the URL-safe alphabet, with or without padding, and
 * skips blanks and line breaks. Otherwise it is strict: padding must be
 * complete, nothing may follow it, and the bits that belong to no byte must be
 * zero.
 *
 * Writes at most `room` bytes; *len receives how many bytes the text encodes,
 * which may be more, so `out` NULL and `room` 0 measure it. Returns NULL, or
 * what is wrong with the text; then *fault_at is the offset and *len is 0.
 */
const char *chutes__base64_decode(unsigned char *out, size_t room,
                                  struct chutes__slice text, size_t *len,
                                  size_t *fault_at)
    __attribute__((warn_unused_result));

#endif
