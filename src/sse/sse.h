/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_SSE_H
#define CHUTES_SSE_SSE_H

#include <stddef.h>

#include "sse/sse_state.h"

/*
 * An incremental parser of server-sent events, as WHATWG HTML 9.2.5 and 9.2.6
 * define them. Parsing takes linear time. A line that a chunk holds completely
 * and an event with a single data line are passed on without a copy. Once the
 * buffers have grown, nothing is allocated.
 */

/* Nearly all events begin with this. */
#define CHUTES__SSE_DATA "data: "

/* Returns the length of the line end and the blank line that begin at this
 * offset and end an event, or 0. */
static inline size_t chutes__sse_end_len(struct chutes__slice bytes, size_t at)
{
    const char *end = bytes.data + at;
    size_t left = bytes.len - at;

    if (left >= 2 && end[0] == '\n' && end[1] == '\n') {
        return 2;
    }
    return left >= 4 && memcmp(end, "\r\n\r\n", 4) == 0 ? 4 : 0;
}

void chutes__sse_init(struct chutes__sse *sse, struct chutes__sse_sink sink,
                      size_t max_line, size_t max_event);
void chutes__sse_dispose(struct chutes__sse *sse);

/* Consumes all bytes, unless a callback pauses the parser: then the caller must
 * feed the bytes after the first `taken` again. `bytes` may be NULL if len is
 * 0. */
chutes_status chutes__sse_feed(struct chutes__sse *sse, const char *bytes,
                               size_t len) __attribute__((warn_unused_result));

/* Pauses the parser from within on_event: chutes__sse_feed() returns after this
 * event. */
void chutes__sse_pause(struct chutes__sse *sse);

/*
 * The unterminated end of a stream. The standard drops it, but the caller may
 * be more lenient. The unterminated last line is handled like any other (its
 * field takes effect, residue is reported), but an event without its blank line
 * is returned here instead of being reported. `whole` includes the unterminated
 * line, `terminated` does not. The data pointer of either is NULL if there is
 * no data. Both are valid until the next call, which returns no event.
 */
struct chutes__sse_rest {
    struct chutes__sse_event whole;
    struct chutes__slice terminated;
};
chutes_status chutes__sse_finish(struct chutes__sse *sse,
                                 struct chutes__sse_rest *rest)
    __attribute__((warn_unused_result));

/* Returns to the state after init, but keeps the memory. */
void chutes__sse_reset(struct chutes__sse *sse);

#endif
