/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SSE_SSE_STATE_H
#define CHUTES_SSE_SSE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "sse/held_line.h"
#include "sse/residue.h"

/* The parser's struct, which its files share; see sse.h. */

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
    /* Receives residue, see sse/residue.h: JSON from its first bracket to its
     * last, or the beginning of what only looks like JSON. If `is_error`, it is
     * what follows "error:". May be NULL. */
    chutes_status (*on_residue)(void *ctx, struct chutes__slice text,
                                bool is_error);
    void *ctx;
    /* Receives the bytes from the start of an event on, before the parser has
     * searched for the event's end. The sink may take whole events that consist
     * of CHUTES__SSE_DATA, the data and an end that chutes__sse_end_len()
     * recognizes: it sets *taken to their length. It must enforce the limits
     * itself. May be NULL. */
    chutes_status (*on_data)(void *ctx, struct chutes__slice bytes,
                             size_t *taken);
};

struct chutes__sse {
    struct chutes__sse_sink sink;
    size_t max_line;      /* bytes, without the line's end */
    size_t max_event;     /* bytes of data */
    int64_t retry;        /* reconnection time in ms; -1: none was sent */
    chutes_status status; /* if not CHUTES_OK, the parser has stopped */
    const char *reason;   /* the exceeded limit, a constant string, or NULL */
    struct chutes__held_line line; /* one that began in an earlier chunk */
    struct chutes__residue residue;
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

#endif
