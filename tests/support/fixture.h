/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_FIXTURE_H
#define CHUTES_TESTS_FIXTURE_H

#include <stddef.h>

/* The folder of the fixtures, without a slash at its end. */
const char *fixture_directory(void);

/* The contents of a file below it, NUL-terminated, for free(); `len` may be
 * NULL. What cannot be read ends the test. */
char *fixture_read(const char *name, size_t *len);

/* The same for a file anywhere. */
char *fixture_read_file(const char *path, size_t *len);

#endif
