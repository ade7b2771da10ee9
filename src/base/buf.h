/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_BUF_H
#define CHUTES_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

#include "base/slice.h"

/*
 * A growing buffer with a limit. After init, `data` is never NULL and always
 * NUL-terminated: before the first allocation it points at a constant "". A
 * function that fails leaves the contents unchanged.
 */
struct chutes__buf {
    char *data;
    size_t len;
    size_t cap;   /* bytes allocated; 0 while data is the constant or belongs
                     to something else */
    size_t limit; /* the largest allowed len */
};

void chutes__buf_init(struct chutes__buf *buf, size_t limit);

/* Returns the contents, which are valid until the buffer changes. */
static inline struct chutes__slice
chutes__buf_slice(const struct chutes__buf *buf)
{
    return (struct chutes__slice){buf->data, buf->len};
}

/* Sets the limit to the current length plus `room` bytes. */
void chutes__buf_set_room(struct chutes__buf *buf, size_t room);

/* Initializes a buffer on memory that it doesn't own. It never grows, because
 * its limit is size - 1, and need not be disposed of. `size` is at least 1. */
void chutes__buf_init_fixed(struct chutes__buf *buf, char *memory, size_t size);

/* Frees the buffer's memory, and makes it refer to a NUL-terminated text that
 * it doesn't own. The buffer copies the text before it appends to it. */
void chutes__buf_view(struct chutes__buf *buf, const char *text, size_t len);

static inline bool chutes__buf_is_view(const struct chutes__buf *buf)
{
    return buf->cap == 0 && buf->len > 0;
}

/* Frees the memory and leaves an empty buffer with the same limit. */
void chutes__buf_dispose(struct chutes__buf *buf);

/* Empties the buffer and keeps its memory. */
void chutes__buf_clear(struct chutes__buf *buf);

/* Drops all but the first `len` bytes and keeps the memory. */
void chutes__buf_cut(struct chutes__buf *buf, size_t len);

/* Removes the `count` bytes at offset `at`. */
void chutes__buf_remove(struct chutes__buf *buf, size_t at, size_t count);

/* Empties the buffer and frees memory beyond `keep` bytes. */
void chutes__buf_shrink(struct chutes__buf *buf, size_t keep);

/* Empties the buffer for the next use. If the contents used less than a quarter
 * of the buffer's memory, frees all but `keep` bytes of it. One huge use must
 * not hold memory forever, yet a buffer that is large every time must not have
 * to grow every time. */
void chutes__buf_recycle(struct chutes__buf *buf, size_t keep);

/* Makes room for `more` bytes after the contents. Like the functions that
 * append, returns CHUTES_OK, CHUTES_ERR_TOO_LARGE (beyond the limit) or
 * CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__buf_reserve(struct chutes__buf *buf, size_t more)
    __attribute__((warn_unused_result));

/* `bytes` may be NULL if len is 0. */
chutes_status chutes__buf_append(struct chutes__buf *buf, const void *bytes,
                                 size_t len)
    __attribute__((warn_unused_result));

chutes_status chutes__buf_append_str(struct chutes__buf *buf, const char *text)
    __attribute__((warn_unused_result));

/* Appends formatted text, like printf(). */
chutes_status chutes__buf_appendf(struct chutes__buf *buf, const char *format,
                                  ...)
    __attribute__((warn_unused_result, format(printf, 2, 3)));

/* Frees the unused memory if it is more than 4 KiB. */
void chutes__buf_trim(struct chutes__buf *buf);

/* Returns the contents as a NUL-terminated string that the caller frees with
 * chutes__mem_free(), and leaves the buffer empty. Returns NULL if memory runs
 * out, which can happen only if nothing was allocated yet. */
char *chutes__buf_take(struct chutes__buf *buf);

#endif
