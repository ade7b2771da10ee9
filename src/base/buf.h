/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BUF_H
#define CHUTES_BASE_BUF_H

#include <stddef.h>

#include <chutes/status.h>

/*
 * A growing buffer with a limit, always NUL-terminated behind its contents once
 * something was reserved. `data` is never NULL after init: an empty buffer
 * points at a constant "". On failure the contents stay as they were.
 */
struct chutes__buf {
    char *data;
    size_t len;
    size_t cap;   /* bytes allocated, 0 while data is the constant */
    size_t limit; /* largest len */
};

void chutes__buf_init(struct chutes__buf *buf, size_t limit);

/* From now on, `room` bytes more fit in. */
void chutes__buf_set_room(struct chutes__buf *buf, size_t room);

/* Frees the memory and leaves an empty buffer with the same limit. */
void chutes__buf_dispose(struct chutes__buf *buf);

/* Empties the buffer and keeps its memory. */
void chutes__buf_clear(struct chutes__buf *buf);

/* Removes `count` bytes from `at` on. */
void chutes__buf_remove(struct chutes__buf *buf, size_t at, size_t count);

/* Empties the buffer and gives memory beyond `keep` bytes back. */
void chutes__buf_shrink(struct chutes__buf *buf, size_t keep);

/* Empties the buffer for the next use. Memory beyond `keep` bytes is freed if
 * the contents needed less than a quarter of it: one rare huge use must not
 * hold memory for ever, but a buffer that needs its size again and again must
 * not grow again each time. */
void chutes__buf_recycle(struct chutes__buf *buf, size_t keep);

/* Makes room for `more` bytes behind len. CHUTES_ERR_TOO_LARGE beyond the
 * limit, CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__buf_reserve(struct chutes__buf *buf, size_t more)
    __attribute__((warn_unused_result));

/* `bytes` may be NULL when len is 0. */
chutes_status chutes__buf_append(struct chutes__buf *buf, const void *bytes,
                                 size_t len)
    __attribute__((warn_unused_result));

chutes_status chutes__buf_append_str(struct chutes__buf *buf, const char *text)
    __attribute__((warn_unused_result));

/* Printf-style. */
chutes_status chutes__buf_appendf(struct chutes__buf *buf, const char *format,
                                  ...)
    __attribute__((warn_unused_result, format(printf, 2, 3)));

/* Gives back the memory behind the contents, if that is much. */
void chutes__buf_trim(struct chutes__buf *buf);

/* Moves the contents out as a NUL-terminated string that the caller frees with
 * chutes__mem_free(); the buffer is empty then. NULL: out of memory (only an
 * empty buffer can fail). */
char *chutes__buf_take(struct chutes__buf *buf);

#endif
