/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FIXTURE_H
#define CHUTES_TESTS_FIXTURE_H

#include <stddef.h>

/* The directory of the fixtures, without a trailing slash. */
const char *fixture_directory(void);

/* Reads a file in that directory. The result is NUL-terminated; the caller
 * frees it with free(). `len` may be NULL. A failure fails the test. */
char *fixture_read(const char *name, size_t *len);

/* Does the same for a file anywhere. */
char *fixture_read_file(const char *path, size_t *len);

#endif
