/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_ROWS_H
#define CHUTES_TESTS_H2_ROWS_H

#include <stddef.h>

#include <chutes/chutes.h>

struct CMUnitTest;
struct h2_peer;

/*
 * HTTP/2 faults as data. A file of tests/fixtures/scripts/http2 has rows, each
 * a script of h2_peer.h and the required result of chat calls. A row runs with
 * blocking calls, on a loop and, if it is streamed, with the iterator:
 *
 *     === NAME
 *     with NAME=VALUE
 *     chat stream: STATUS [OUTCOME] [KEY=VALUE …]
 *     ---
 *     the script
 *
 * STATUS, OUTCOME and values may list alternatives: `A|B`. Values that contain
 * blanks are in double quotes. `with` sets first_byte_timeout_ms,
 * idle_timeout_ms, total_timeout_ms, max_header_bytes, retry (`none`, the
 * default, or `safe`) or prompt_bytes. The keys and their defaults:
 *
 *     attempts     that the client reports: 1
 *     posts        that the server received whole: as many as attempts
 *     streams      requests that began: as many as attempts
 *     resets       RST_STREAM from the client: not checked
 *     http         of the error: 200 if ANSWERED, else 0
 *     end          of the answer: `done`; after a failure `absent`, which
 *                  means that there is no partial answer
 *     text         of the first choice, if there is an answer: empty
 *     message      a part of the error's message: not checked
 *     min_ms, max_ms, max_cpu_ms
 *                  0, 5000, not checked
 *
 * No call may leave a descriptor, a block of memory or a connection behind,
 * reveal the key or the prompt, or complete twice. The totals are printed at
 * the end and written as rows_tally.h describes.
 */
int h2_rows_run(const char *group, const char *file,
                const struct CMUnitTest *tests, size_t test_count);

/* The options of every row before its `with` lines: HTTP/2, no retries,
 * timeouts of ten seconds, the peer's CA, and a log that is searched for the
 * key. */
chutes_client_options h2_rows_options(const struct h2_peer *peer);

#endif
