/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_SCRIPT_H
#define CHUTES_TESTS_H2_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"

/* Parses the scripts that h2_peer.h describes. */

enum { H2_LOOPS_MAX = 2, H2_FOREVER = -1 };

enum h2_verb {
    H2_HEADER,
    H2_END_HEADERS,
    H2_DATA,
    H2_END_STREAM,
    H2_RAW,
    H2_RAW_OF_STREAM, /* raw, with the stream id inserted */
    H2_SETTINGS,
    H2_SLEEP,
    H2_STALL,
    H2_SYNC,
    H2_DEAF,
    H2_AWAIT_STREAMS,
    H2_AWAIT_RESETS,
    H2_HOLD,
    H2_FIN,
    H2_FIN_DIRTY,
    H2_RST,
    H2_REPEAT,
    H2_LOOP_END
};

struct h2_step {
    enum h2_verb verb;
    long number;            /* milliseconds, streams, rounds */
    struct mock_bytes name; /* of a header */
    struct mock_bytes text; /* the value of a header, or the bytes to send */
    size_t other;           /* of `repeat`: its `end`; of `end`: its `repeat` */
};

/* The steps that answer one request. */
struct h2_section {
    size_t first;
    size_t end;
    bool at_head; /* begins once the request's headers have arrived */
};

struct h2_script {
    struct h2_step *steps;
    size_t step_count;
    struct h2_section *sections; /* at least one */
    size_t section_count;
    long max_streams; /* -1: not sent */
    long window;      /* -1: the protocol's default */
    long read_after_ms;
    bool holds_windows;
};

/* On failure, returns false and writes the line and its fault to `fault`.
 * Dispose of the script in either case. */
bool h2_script_parse(struct h2_script *script, const char *text, char *fault,
                     size_t fault_size);
void h2_script_dispose(struct h2_script *script);

#endif
