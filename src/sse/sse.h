/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_SSE_H
#define CHUTES_SSE_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Server-sent events from bytes: WHATWG HTML 9.2.5 and 9.2.6 to the letter,
 * incremental, length-based, no byte searched twice. A line that lies whole in
 * the chunk, and an event of one data line, are handed on in place. In steady
 * state nothing is allocated.
 */

/* Borrowed until the callback returns. The bytes are as received: invalid
 * UTF-8 is the consumer's to replace (it can't change the framing). */
struct chutes__sse_event {
    struct chutes__slice type; /* "message" when not told */
    struct chutes__slice data; /* lines joined by LF */
    struct chutes__slice id;   /* last event ID */
};

/* Calls upwards. A status other than CHUTES_OK stops the parser for good and is
 * what the running feed returns. */
struct chutes__sse_sink {
    chutes_status (*on_event)(void *ctx, const struct chutes__sse_event *event);
    /* A line whose field is unknown and that starts with '{' or "error:", at
     * most 64 KiB of it: errors that servers write outside the framing. May be
     * NULL. */
    chutes_status (*on_residue)(void *ctx, struct chutes__slice line);
    void *ctx;
};

/* What must be kept of a line that is cut by the end of a chunk. */
enum chutes__sse_line {
    CHUTES__SSE_LINE_UNDECIDED, /* too short to tell: all */
    CHUTES__SSE_LINE_FIELD,     /* a known field: all */
    CHUTES__SSE_LINE_RESIDUE,   /* the first 64 KiB */
    CHUTES__SSE_LINE_IGNORED    /* a comment or an unknown field: no more */
};

struct chutes__sse {
    struct chutes__sse_sink sink;
    size_t max_line;      /* bytes, without the line's end */
    size_t max_event;     /* bytes of data */
    int64_t retry;        /* reconnection time in ms; -1: never told */
    chutes_status status; /* sticky */
    const char *reason;   /* which limit, for CHUTES_ERR_TOO_LARGE: constant */
    struct chutes__buf line; /* what is kept of a line that began in an earlier
                                chunk; stale while line_len is 0 */
    size_t line_len;         /* its length so far; 0: there is none */
    enum chutes__sse_line line_kind;
    struct chutes__buf data; /* data of the event being collected, when it is
                                more than one line or left the chunk */
    struct chutes__buf type;
    struct chutes__buf id;            /* last event ID */
    struct chutes__slice inline_data; /* the one data line, still in the chunk;
                                         data NULL: it is in `data` */
    bool has_data;  /* the data buffer is not empty (it may hold "") */
    bool skip_lf;   /* the previous byte was CR */
    unsigned bom;   /* how much of the BOM was seen: 0 to 2; 3: settled */
    bool is_paused; /* during the feed that runs */
    size_t taken;   /* bytes of the chunk that was fed last */
};

void chutes__sse_init(struct chutes__sse *sse, struct chutes__sse_sink sink,
                      size_t max_line, size_t max_event);
void chutes__sse_dispose(struct chutes__sse *sse);

/* `bytes` may be NULL when len is 0. All of them are taken, unless the parser
 * is paused: what is behind `taken` must then be fed again. */
chutes_status chutes__sse_feed(struct chutes__sse *sse, const char *bytes,
                               size_t len) __attribute__((warn_unused_result));

/* From on_event: the running feed ends behind this event. */
void chutes__sse_pause(struct chutes__sse *sse);

/*
 * What a strict parser drops at the end of the stream, for a layer above that
 * is lenient: the unterminated last line counts as a line (fields take effect,
 * residue is reported), and the event left undispatched is described here
 * without being dispatched. `whole` includes the unterminated line,
 * `terminated` does not; either has data NULL when there is none. Both are
 * borrowed until the next call.
 */
struct chutes__sse_rest {
    struct chutes__sse_event whole;
    struct chutes__slice terminated;
};
chutes_status chutes__sse_finish(struct chutes__sse *sse,
                                 struct chutes__sse_rest *rest)
    __attribute__((warn_unused_result));

/* Forgets everything, including the last event ID and the retry time, and keeps
 * the memory. */
void chutes__sse_reset(struct chutes__sse *sse);

#endif
