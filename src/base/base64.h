/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BASE64_H
#define CHUTES_BASE_BASE64_H

#include <stddef.h>

#include "base/slice.h"

/* Returns the number of characters that encode len bytes, including padding, or
 * 0 if it overflows. */
size_t chutes__base64_encoded_len(size_t len);

/* Writes chutes__base64_encoded_len(len) characters, without a NUL. */
void chutes__base64_encode(char *out, const void *bytes, size_t len);

/*
 * Decodes the standard and the URL-safe alphabet, with or without padding, and
 * skips blanks and line breaks. Otherwise it is strict: padding must be
 * complete, nothing may follow it, and unused bits of the last digit must be
 * zero.
 *
 * Writes at most `room` bytes. *len receives the number of bytes that the text
 * encodes, which may be larger: pass NULL and 0 as `out` and `room` to measure
 * the text. Returns NULL, or a constant that describes the fault; *fault_at is
 * then its offset in the text, and *len is 0.
 */
const char *chutes__base64_decode(unsigned char *out, size_t room,
                                  struct chutes__slice text, size_t *len,
                                  size_t *fault_at)
    __attribute__((warn_unused_result));

#endif
