/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_H
#define CHUTES_TESTS_ROWS_H

#include <stddef.h>

struct CMUnitTest;

/*
 * Faults as data: files of rows, each a script of the peer and what calls of
 * the client must make of it. tests/fixtures/scripts/client/README.md
 * describes them. Each row becomes a test of the group, behind those given.
 *
 * Beside what a row says, each of its calls must leave no descriptor, no block
 * of memory and no connection behind, and tell neither the key nor the prompt.
 * The return value is main()'s.
 */
int rows_run(const char *group, const char *const *files, size_t file_count,
             const struct CMUnitTest *tests, size_t test_count);

#endif
