/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_WIRE_CASE_H
#define CHUTES_TESTS_WIRE_CASE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Test cases in text files: the bytes of a stream and the required result.
 *
 *     === a sentence that names the case
 *     Any words about it.
 *     --- set
 *     max_line=10
 *     --- wire
 *     data: a\n
 *     \n
 *     --- want
 *     message "a"
 *     end
 *
 * The bytes are those of all sections of these kinds, in order:
 *
 *     wire    the lines without their ends. \n \r \t \0 \\ and \xHH stand
 *             for one byte each, \*N{text} for N times the text
 *     lines   the lines as they are, each followed by LF
 *     events  each line that isn't blank as "data: " LINE LF LF
 *
 * In `want`, only \*N{text} is replaced, and blank lines at the end are
 * ignored.
 */
struct wire_case {
    char *name; /* "FILE: sentence" */
    char *wire;
    size_t wire_len;
    char *want;
    char *settings; /* "key=value\n…" */
};

/* Runs each case of each *.txt in that directory of the fixtures. Returns the
 * number of cases. An invalid file fails the test. */
size_t wire_cases_run(const char *folder,
                      void (*run)(const struct wire_case *wire_case));

/* Returns the setting, or `fallback`; valid until the next call. */
const char *wire_case_get(const struct wire_case *wire_case, const char *key,
                          const char *fallback);
size_t wire_case_number(const struct wire_case *wire_case, const char *key,
                        size_t fallback);

/* Prints bytes in quotes, with \n, \r, \t, \0 or \xHH for everything but
 * printable UTF-8, and a backslash before a backslash or quote. */
void wire_print(FILE *log, const char *bytes, size_t len);

/* Fails the test, showing both texts, unless they are equal. */
void wire_case_check(const struct wire_case *wire_case, const char *how,
                     const char *got, const char *want);

#endif
