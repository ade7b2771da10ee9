/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_ROWS_H
#define CHUTES_TESTS_H2_ROWS_H

#include <stddef.h>

#include <chutes/chutes.h>

struct CMUnitTest;
struct h2_peer;

/*
 * Faults of HTTP/2 as data: rows of tests/fixtures/scripts/http2, each a script
 * of h2_peer.h and what chat calls must make of it: blocking, on a loop and, if
 * streamed, by the iterator:
 *
 *     === NAME
 *     with NAME=VALUE
 *     chat stream: STATUS [OUTCOME] [KEY=VALUE …]
 *     ---
 *     the script
 *
 * STATUS, OUTCOME and values may be alternatives: `A|B`. A value with blanks
 * stands in double quotes. `with` takes the clocks of the client's options,
 * max_header_bytes, retry (`none`, which is what holds without it, or `safe`)
 * and prompt_bytes. Keys, and what holds without them:
 *
 *     attempts     that the client tells: 1
 *     posts        that the server received whole: as many as attempts
 *     streams      requests that began: as many as attempts
 *     resets       RST_STREAM from the client: not looked at
 *     http         of the error: 200 when ANSWERED, else 0
 *     end, text    of the answer's first choice: `done` and nothing; given for
 *                  a failure there is a partial answer, else none
 *     message      a part of the error's message
 *     min_ms, max_ms, max_cpu_ms
 *                  0, 5000, not looked at
 *
 * No call leaves a descriptor, a block of memory or a connection behind, tells
 * the key or the prompt, or is completed twice. The sums are printed at the
 * end, and told as rows_tally.h does.
 */
int h2_rows_run(const char *group, const char *file,
                const struct CMUnitTest *tests, size_t test_count);

/* What the client of a row starts from: HTTP/2, no retries, clocks of ten
 * seconds, the peer's CA, and a watch for the key in the log. */
chutes_client_options h2_rows_options(const struct h2_peer *peer);

#endif
