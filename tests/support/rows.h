/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ROWS_H
#define CHUTES_TESTS_ROWS_H

#include <stddef.h>

struct CMUnitTest;

/*
 * Faults as data: files of rows, each a script of the peer and the required
 * result of calls. tests/fixtures/scripts/client/README.md describes them. Each
 * row becomes a test of the group, after the given `tests`. It runs in every
 * mode that it doesn't exclude (blocking, on a loop and, for streams, with the
 * iterator), each in clear and with TLS.
 *
 * Whatever a row says, none of its calls may leave a descriptor, a thread, a
 * block of memory or a connection behind, reveal the key or the prompt, or
 * complete twice; and the attempts that it reports must be those that it
 * started and that the server counted.
 *
 * If CHUTES_FAULTS_DIR is set, counts are written to a file in that directory,
 * for tests/tools/faults_summary.py. The given `tests` are counted too if they
 * are named after faults: "A1: ...", see ROWS_FAULT.
 *
 * A program that uses this must be one of the fault tests in
 * tests/CMakeLists.txt. The return value is main()'s.
 */
int rows_run(const char *group, const char *const *files, size_t file_count,
             const struct CMUnitTest *tests, size_t test_count);

/* A test in C, of a fault that no row can express: "A1: no such name",
 * function. */
#define ROWS_FAULT(name, function)           \
    {                                        \
        (name), (function), NULL, NULL, NULL \
    }

#endif
