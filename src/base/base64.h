/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BASE64_H
#define CHUTES_BASE_BASE64_H

#include <stddef.h>

#include "base/slice.h"

/* Characters for len bytes, padding included; 0 when that overflows. */
size_t chutes__base64_encoded_len(size_t len);

/* Writes chutes__base64_encoded_len(len) characters, no NUL. */
void chutes__base64_encode(char *out, const void *bytes, size_t len);

/*
 * Reads the standard and the URL-safe alphabet, with padding or without it, and
 * skips blanks and line breaks. Everything else is exact: padding that is there
 * is complete and nothing follows it, and the bits that no byte takes are zero.
 *
 * Writes at most `room` bytes; *len receives how many the text holds, which may
 * be more, so that NULL and 0 measure. Returns NULL, or what is wrong with the
 * text, with the place of it in *fault_at and 0 in *len.
 */
const char *chutes__base64_decode(unsigned char *out, size_t room,
                                  struct chutes__slice text, size_t *len,
                                  size_t *fault_at)
    __attribute__((warn_unused_result));

#endif
