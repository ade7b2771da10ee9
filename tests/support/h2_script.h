/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_SCRIPT_H
#define CHUTES_TESTS_H2_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"

/* The scripts of h2_peer.h, which describes them, taken apart. */

enum { H2_LOOPS_MAX = 2, H2_FOREVER = -1 };

enum h2_verb {
    H2_HEADER,
    H2_END_HEADERS,
    H2_DATA,
    H2_END_STREAM,
    H2_RAW,
    H2_RAW_OF_STREAM, /* raw, with the number of the stream put in */
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
    struct mock_bytes text; /* its value; bytes to send */
    size_t other;           /* of `repeat` its `end`, and the other way round */
};

/* What answers one request. */
struct h2_section {
    size_t first;
    size_t end;
    bool at_head; /* begins when the request's headers are there */
};

struct h2_script {
    struct h2_step *steps;
    size_t step_count;
    struct h2_section *sections; /* at least one */
    size_t section_count;
    long max_streams; /* -1: nothing is said */
    long window;      /* -1: the protocol's default */
    long read_after_ms;
    bool holds_windows;
};

/* False: `fault` says what is wrong with which line. Either way the script is
 * to be disposed of. */
bool h2_script_parse(struct h2_script *script, const char *text, char *fault,
                     size_t fault_size);
void h2_script_dispose(struct h2_script *script);

#endif
