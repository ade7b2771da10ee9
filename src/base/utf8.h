/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_UTF8_H
#define CHUTES_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* U+FFFD, which stands in for what is not UTF-8. */
#define CHUTES__UTF8_REPLACEMENT "\xEF\xBF\xBD"

/* The length of the longest valid prefix: len when all is valid UTF-8 (no
 * overlong forms, no surrogates, nothing above U+10FFFF). */
size_t chutes__utf8_valid_prefix(const char *bytes, size_t len);

/* The length of the sequence at `bytes` (len >= 1): 1 to 4 when valid; when
 * not, the negated length of the maximal subpart to replace by one U+FFFD
 * (Unicode 15, 3.9, "substitution of maximal subparts"). */
int chutes__utf8_sequence(const char *bytes, size_t len);

/* Encodes a scalar value; returns 1 to 4. */
size_t chutes__utf8_encode(uint32_t code_point, char out[4]);

/* Appends with every maximal invalid subpart, and every NUL, replaced by
 * U+FFFD. */
chutes_status chutes__utf8_append_clean(struct chutes__buf *buf,
                                        const char *bytes, size_t len)
    __attribute__((warn_unused_result));

#endif
