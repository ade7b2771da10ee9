/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_PARTIAL_CHECK_H
#define CHUTES_TESTS_PARTIAL_CHECK_H

#include <stddef.h>

/* Reads any text in two pieces, the first of `cut` bytes, and all of it byte by
 * byte if `cut` is beyond it. Aborts unless the values, paths, offsets and the
 * verdict are those of the reader for whole documents. */
void partial_check(const char *json, size_t len, size_t cut);

#endif
