/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_HELD_LINE_H
#define CHUTES_SSE_HELD_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* How much to store of a line that continues in the next chunk. */
enum chutes__held_line_kind {
    CHUTES__HELD_LINE_UNDECIDED, /* too short to classify: all bytes */
    CHUTES__HELD_LINE_KEPT,      /* a known field, or maybe JSON: all bytes */
    CHUTES__HELD_LINE_IGNORED    /* a comment or an unknown field: nothing */
};

struct chutes__held_line {
    struct chutes__buf buf; /* the stored part; stale while `len` is 0 */
    size_t len;             /* bytes of the line so far; 0: there is none */
    enum chutes__held_line_kind kind;
    bool keeps_all; /* the next line continues JSON, whatever it begins with */
};

void chutes__held_line_init(struct chutes__held_line *line, size_t max_len);
void chutes__held_line_dispose(struct chutes__held_line *line);

/* Drops the line but keeps the memory. */
void chutes__held_line_reset(struct chutes__held_line *line);

/* Appends to the line, or begins one. Returns CHUTES_OK, CHUTES_ERR_TOO_LARGE
 * (the line is longer than max_len) or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__held_line_append(struct chutes__held_line *line,
                                       const char *bytes, size_t len)
    __attribute__((warn_unused_result));

#endif
