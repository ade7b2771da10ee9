/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_H
#define CHUTES_TESTS_ROWS_H

#include <stddef.h>

struct CMUnitTest;

/*
 * Faults as data: files of rows, each a script of the peer and what calls of
 * the client must make of it. tests/fixtures/scripts/client/README.md
 * describes them. Each row becomes a test of the group, behind those given, and
 * runs in every mode that it doesn't exclude: blocking, on a loop, and streams
 * by the iterator; each in clear and with TLS.
 *
 * Beside what a row says, each of its calls must leave no descriptor, no
 * thread, no block of memory and no connection behind, tell neither the key nor
 * the prompt, end once, and have started as many attempts as it tells and the
 * server counted.
 *
 * Counts go to a file of the directory CHUTES_FAULTS_DIR, where that is set,
 * for tests/tools/faults_summary.py. Given tests are counted when their names
 * are those of faults: "A1: ...", see ROWS_FAULT.
 *
 * The program is one of the tests of faults in tests/CMakeLists.txt. The return
 * value is main()'s.
 */
int rows_run(const char *group, const char *const *files, size_t file_count,
             const struct CMUnitTest *tests, size_t test_count);

/* A given test of a fault that no row can tell: "A1: no such name", function.
 */
#define ROWS_FAULT(name, function)           \
    {                                        \
        (name), (function), NULL, NULL, NULL \
    }

#endif
