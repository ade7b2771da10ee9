/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_WIRE_CASE_H
#define CHUTES_TESTS_WIRE_CASE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Cases as text files: the bytes of a stream and what they must come to.
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
 * The bytes are all sections of these kinds, joined in their order:
 *     wire    the lines without their ends, where \n \r \t \0 \\ \xHH stand for
 *             a byte each and \*N{text} for the text N times
 *     lines   the lines as they are, each ended by LF
 *     events  each line that isn't blank as "data: " LINE LF LF
 * In `want` only \*N{text} is replaced, and blank lines at the end don't count.
 */
struct wire_case {
    char *name; /* "FILE: sentence" */
    char *wire;
    size_t wire_len;
    char *want;
    char *settings; /* "key=value\n…" */
};

/* Runs each case of each *.txt of that folder of the fixtures; returns how many
 * there were. A file that can't be understood ends the test. */
size_t wire_cases_run(const char *folder,
                      void (*run)(const struct wire_case *wire_case));

/* The value, or `fallback`; valid until the next call. */
const char *wire_case_get(const struct wire_case *wire_case, const char *key,
                          const char *fallback);
size_t wire_case_number(const struct wire_case *wire_case, const char *key,
                        size_t fallback);

/* The bytes in quotes: what isn't printable UTF-8 as \n, \r, \t, \0 or \xHH,
 * and a backslash or a quote behind a backslash. */
void wire_print(FILE *log, const char *bytes, size_t len);

/* Ends the test, showing both, unless they are the same. */
void wire_case_check(const struct wire_case *wire_case, const char *how,
                     const char *got, const char *want);

#endif
