/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_HEAD_H
#define CHUTES_TRANSPORT_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * The head of an answer, collected from the lines that libcurl passes one by
 * one. It records what libcurl doesn't report: whether the empty line was seen.
 * Interim answers are dropped, folded lines are unfolded, and trailers count
 * against the limits but are not stored.
 */
enum chutes__head_state {
    CHUTES__HEAD_NONE,    /* no status line, except of interim answers */
    CHUTES__HEAD_INTERIM, /* within an interim answer */
    CHUTES__HEAD_OPEN,    /* between the status line and the empty line */
    CHUTES__HEAD_WHOLE    /* the empty line was seen */
};

/* The most lines of a head, besides the limit on its bytes. Newer versions of
 * libcurl allow 5,000. */
enum { CHUTES__HEAD_MAX_LINES = 4000 };

struct chutes__head {
    struct chutes__buf lines; /* without the status line; each ends in '\n' */
    size_t counted;           /* bytes, of all lines that were added */
    size_t limit;             /* for `counted` */
    int line_count;
    enum chutes__head_state state;
    int status; /* the final answer's; 0: no status line was seen yet */
};

void chutes__head_init(struct chutes__head *head, size_t limit);
void chutes__head_dispose(struct chutes__head *head);

/* Moves the memory of the lines, which are no longer needed, into an empty
 * `spare`, or frees it if `spare` has some already or it is large. */
void chutes__head_retire(struct chutes__head *head, struct chutes__buf *spare);
/* Uses the memory of `spare` for the first line. */
void chutes__head_take_spare(struct chutes__head *head,
                             struct chutes__buf *spare);

/* Adds one line, with its line end. Sets *is_whole if it was the last line of
 * the head. CHUTES_ERR_TOO_LARGE, CHUTES_ERR_NO_MEMORY, or CHUTES_ERR_PROTOCOL:
 * the first line isn't a status line. */
chutes_status chutes__head_add(struct chutes__head *head, const char *line,
                               size_t len, bool *is_whole)
    __attribute__((warn_unused_result));

/* Iterates over the headers of a whole head, from *at = 0; false at the end.
 * The slices are valid until the head is changed. */
bool chutes__head_next(const struct chutes__head *head, size_t *at,
                       struct chutes__slice *name, struct chutes__slice *value);

#endif
