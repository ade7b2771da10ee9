/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_SSE_H
#define CHUTES_SSE_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "sse/held_line.h"

/*
 * An incremental parser of server-sent events, as WHATWG HTML 9.2.5 and 9.2.6
 * define them. Parsing takes linear time. A line that a chunk holds completely
 * and an event with a single data line are passed on without a copy. Once the
 * buffers have grown, nothing is allocated.
 */

/* An event, valid until the callback returns. The bytes are as received: the
 * consumer replaces invalid UTF-8, which can't change where lines end. */
struct chutes__sse_event {
    struct chutes__slice type; /* "message" by default */
    struct chutes__slice data; /* lines joined by LF */
    struct chutes__slice id;   /* last event ID */
    bool has_lines;            /* the data has more than one line */
};

/* The callbacks. If one returns a status other than CHUTES_OK, the parser stops
 * for good, and chutes__sse_feed() returns that status. */
struct chutes__sse_sink {
    chutes_status (*on_event)(void *ctx, const struct chutes__sse_event *event);
    /* Receives lines that start with '{' or "error:", at most 64 KiB of each.
     * They are errors that servers write outside of events. May be NULL. */
    chutes_status (*on_residue)(void *ctx, struct chutes__slice line);
    void *ctx;
};

struct chutes__sse {
    struct chutes__sse_sink sink;
    size_t max_line;      /* bytes, without the line's end */
    size_t max_event;     /* bytes of data */
    int64_t retry;        /* reconnection time in ms; -1: none was sent */
    chutes_status status; /* if not CHUTES_OK, the parser has stopped */
    const char *reason;   /* the exceeded limit, a constant string, or NULL */
    struct chutes__held_line line; /* one that began in an earlier chunk */
    struct chutes__buf data; /* the current event's data, if it has several
                                lines or began in an earlier chunk */
    struct chutes__buf type;
    struct chutes__buf id;            /* last event ID */
    struct chutes__slice inline_data; /* the only data line, still in the chunk
                                         or in `line`; NULL if `data` holds
                                         it */
    bool has_data;                    /* the event has a data line, maybe
                                         empty */
    bool has_lines;                   /* it has more than one */
    bool skip_lf;                     /* the previous byte was CR */
    unsigned bom;   /* bytes of the BOM seen so far; 3: text began */
    bool is_paused; /* by a callback, during the running feed */
    size_t taken;   /* bytes that the last feed consumed */
};

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
 * The end of a stream, which the standard drops, for a caller that is more
 * lenient. The unterminated last line is handled like any other (its field
 * takes effect, residue is reported), but an event without its blank line is
 * returned here instead of being reported. `whole` includes the unterminated
 * line, `terminated` does not. The data pointer of either is NULL if there is
 * no data. Both are valid until the next call.
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
