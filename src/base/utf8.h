/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_UTF8_H
#define CHUTES_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* U+FFFD, which replaces invalid bytes. */
#define CHUTES__UTF8_REPLACEMENT "\xEF\xBF\xBD"

/* Returns the length of the longest valid prefix, which is len if all bytes are
 * valid UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t chutes__utf8_valid_prefix(const char *bytes, size_t len);

/* Returns the length of the sequence at `bytes`, 1 to 4, if it is valid, or
 * else the negated length of the maximal subpart that one U+FFFD replaces
 * (Unicode 15, 3.9, "substitution of maximal subparts"). `len` is at least
 * 1. */
int chutes__utf8_sequence(const char *bytes, size_t len);

/* Encodes a scalar value and returns its length, 1 to 4. */
size_t chutes__utf8_encode(uint32_t code_point, char out[4]);

/* Appends bytes and replaces every maximal invalid subpart and every NUL with
 * U+FFFD. On failure the buffer is unchanged. */
chutes_status chutes__utf8_append_clean(struct chutes__buf *buf,
                                        const char *bytes, size_t len)
    __attribute__((warn_unused_result));

#endif
