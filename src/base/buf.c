/* SPDX-License-Identifier: MIT */
/* The growing buffer that holds any text of unknown length. It checks the limit
 * before it allocates memory. */
#include "base/buf.h"

#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* MIN_TRIM is a page: returning less is not worth a realloc(). */
enum { FIRST_CAPACITY = 64, LARGE_CAPACITY = 1 << 19, MIN_TRIM = 4096 };

static void point_at_nothing(struct chutes__buf *buf)
{
    static const char nothing[1] = "";

    /* The cast is safe: nothing is written while cap is 0. */
    buf->data = (char *)(uintptr_t)nothing;
    buf->len = 0;
    buf->cap = 0;
}

void chutes__buf_init(struct chutes__buf *buf, size_t limit)
{
    point_at_nothing(buf);
    /* The NUL needs one byte after the contents. */
    buf->limit = limit < SIZE_MAX ? limit : SIZE_MAX - 1;
}

void chutes__buf_set_room(struct chutes__buf *buf, size_t room)
{
    /* As in init, SIZE_MAX itself stays free for the NUL. */
    size_t most = SIZE_MAX - 1 - buf->len;

    buf->limit = buf->len + (room < most ? room : most);
}

void chutes__buf_dispose(struct chutes__buf *buf)
{
    if (buf->cap > 0) {
        chutes__mem_free(buf->data);
    }
    point_at_nothing(buf);
}

void chutes__buf_init_fixed(struct chutes__buf *buf, char *memory, size_t size)
{
    *buf = (struct chutes__buf){memory, 0, size, size - 1};
    memory[0] = '\0';
}

void chutes__buf_view(struct chutes__buf *buf, const char *text, size_t len)
{
    chutes__buf_dispose(buf);
    /* The cast is safe, as above. */
    buf->data = (char *)(uintptr_t)text;
    buf->len = len;
}

/* A buffer without memory of its own can only be emptied, because its text must
 * not be written to. */
void chutes__buf_cut(struct chutes__buf *buf, size_t len)
{
    if (buf->cap > 0) {
        buf->len = len;
        buf->data[len] = '\0';
    } else if (len == 0) {
        point_at_nothing(buf);
    }
}

void chutes__buf_clear(struct chutes__buf *buf)
{
    chutes__buf_cut(buf, 0);
}

void chutes__buf_remove(struct chutes__buf *buf, size_t at, size_t count)
{
    if (count > 0) {
        memmove(buf->data + at, buf->data + at + count, buf->len - at - count);
        chutes__buf_cut(buf, buf->len - count);
    }
}

/* Shrinks the memory. If that fails, the larger block stays in use. */
static void resize(struct chutes__buf *buf, size_t cap)
{
    char *data = chutes__mem_realloc(buf->data, cap);

    if (data != NULL) {
        buf->data = data;
        buf->cap = cap;
    }
}

void chutes__buf_shrink(struct chutes__buf *buf, size_t keep)
{
    chutes__buf_cut(buf, 0);
    if (keep == 0) {
        chutes__buf_dispose(buf);
    } else if (buf->cap > keep) {
        resize(buf, keep);
    }
}

void chutes__buf_recycle(struct chutes__buf *buf, size_t keep)
{
    if (buf->len < buf->cap / 4) {
        chutes__buf_shrink(buf, keep);
    } else {
        chutes__buf_cut(buf, 0);
    }
}

void chutes__buf_trim(struct chutes__buf *buf)
{
    if (buf->cap > buf->len + MIN_TRIM) {
        resize(buf, buf->len + 1);
    }
}

/* Large buffers grow in smaller steps, which wastes less memory. */
static size_t choose_capacity(const struct chutes__buf *buf, size_t needed)
{
    /* One more for the NUL. Neither this nor the sum in chutes__buf_reserve()
     * overflows, because the limit is below SIZE_MAX. */
    size_t most = buf->limit + 1;
    size_t step = buf->cap < LARGE_CAPACITY ? buf->cap / 2 : buf->cap / 8;
    size_t wanted = buf->cap == 0                ? FIRST_CAPACITY
                    : buf->cap > SIZE_MAX - step ? SIZE_MAX
                                                 : buf->cap + step;

    if (wanted < needed) {
        wanted = needed;
    }
    return wanted < most ? wanted : most;
}

chutes_status chutes__buf_reserve(struct chutes__buf *buf, size_t more)
{
    size_t needed;
    size_t cap;
    char *data;

    if (more > buf->limit - buf->len) {
        return CHUTES_ERR_TOO_LARGE;
    }
    needed = buf->len + more + 1;
    if (needed <= buf->cap) {
        return CHUTES_OK;
    }
    cap = choose_capacity(buf, needed);
    data = chutes__mem_realloc(buf->cap > 0 ? buf->data : NULL, cap);
    if (data == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    if (buf->cap == 0) {
        memcpy(data, buf->data, buf->len + 1);
    }
    buf->data = data;
    buf->cap = cap;
    return CHUTES_OK;
}

chutes_status chutes__buf_append(struct chutes__buf *buf, const void *bytes,
                                 size_t len)
{
    chutes_status status;

    if (len == 0) {
        return CHUTES_OK;
    }
    status = chutes__buf_reserve(buf, len);
    if (status != CHUTES_OK) {
        return status;
    }
    memcpy(buf->data + buf->len, bytes, len);
    chutes__buf_cut(buf, buf->len + len);
    return CHUTES_OK;
}

chutes_status chutes__buf_append_str(struct chutes__buf *buf, const char *text)
{
    return chutes__buf_append(buf, text, strlen(text));
}

chutes_status chutes__buf_appendf(struct chutes__buf *buf, const char *format,
                                  ...)
{
    chutes_status status;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        /* Some C libraries allocate memory to format text. */
        return errno == ENOMEM ? CHUTES_ERR_NO_MEMORY : CHUTES_ERR_INTERNAL;
    }
    status = chutes__buf_reserve(buf, (size_t)len);
    if (status != CHUTES_OK) {
        return status;
    }
    va_start(args, format);
    len = vsnprintf(buf->data + buf->len, buf->cap - buf->len, format, args);
    va_end(args);
    chutes__buf_cut(buf, buf->len + (size_t)len);
    return CHUTES_OK;
}

char *chutes__buf_take(struct chutes__buf *buf)
{
    char *text;

    if (chutes__buf_reserve(buf, 0) != CHUTES_OK) {
        return NULL;
    }
    text = buf->data;
    point_at_nothing(buf);
    return text;
}
