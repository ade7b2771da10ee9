/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_HEAD_H
#define CHUTES_TRANSPORT_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Collects the head of an answer from the lines that libcurl hands over one by
 * one, and knows what libcurl doesn't tell: whether the blank line was seen.
 * Interim answers are dropped, folded lines unfolded, trailers counted.
 */
enum chutes__head_state {
    CHUTES__HEAD_NONE,    /* no status line, or only of interim answers */
    CHUTES__HEAD_INTERIM, /* within an interim answer */
    CHUTES__HEAD_OPEN,    /* the status line was seen, the blank line wasn't */
    CHUTES__HEAD_WHOLE
};

/* Of all lines, be they short. Newer versions of libcurl end at 5,000. */
enum { CHUTES__HEAD_MAX_LINES = 4000 };

struct chutes__head {
    struct chutes__buf lines; /* each ends in '\n', no status line */
    size_t counted;           /* bytes of all header lines */
    size_t limit;
    int line_count;
    enum chutes__head_state state;
    int status; /* of the answer that is open or whole; else 0 */
};

void chutes__head_init(struct chutes__head *head, size_t limit);
void chutes__head_dispose(struct chutes__head *head);

/* Takes one line with its end. *is_whole: the head has become whole with it.
 * CHUTES_ERR_TOO_LARGE, CHUTES_ERR_NO_MEMORY, or CHUTES_ERR_PROTOCOL: it isn't
 * a status line, though it stands first. */
chutes_status chutes__head_add(struct chutes__head *head, const char *line,
                               size_t len, bool *is_whole)
    __attribute__((warn_unused_result));

/* Iterates over the headers of a whole head, from *at = 0; false at the end.
 * The slices stand until the head is changed. */
bool chutes__head_next(const struct chutes__head *head, size_t *at,
                       struct chutes__slice *name, struct chutes__slice *value);

#endif
