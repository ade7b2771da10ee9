/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_SPAN_H
#define CHUTES_REQUEST_SPAN_H

#include <stdbool.h>

#include <chutes/trace.h>

#include "base/arena.h"

enum {
    CHUTES__SPAN_ATTRIBUTES = 40,
    /* The lengths of a traceparent and of its header line, without a NUL. */
    CHUTES__TRACEPARENT_LEN = 55,
    CHUTES__TRACE_HEADER_LEN = 13 + CHUTES__TRACEPARENT_LEN
};

/* A span, which its tracer sees as chutes_span. The functions that note
 * something ignore NULL, which stands for a call that isn't traced. */
struct chutes__span {
    chutes_span shown; /* first, so that one casts to the other */
    chutes_tracer tracer;
    struct chutes__arena arena; /* for texts */
    chutes_attribute attributes[CHUTES__SPAN_ATTRIBUTES];
    char trace_id[33];
    char span_id[17];
    char parent_id[17];
    char header[CHUTES__TRACE_HEADER_LEN + 1]; /* "traceparent: …" */
    int64_t begin_us; /* a time of the monotonic clock */
    int attempts;     /* how many attempts of the call have ended */
};

/* Is this the value of a W3C header `traceparent`? */
bool chutes__traceparent_is_valid(const char *text);

/* Makes a span, which its tracer doesn't know yet. `traceparent` is NULL or any
 * text. NULL: out of memory. */
struct chutes__span *chutes__span_new(const chutes_tracer *tracer,
                                      chutes_span_kind kind,
                                      const char *traceparent);
/* Makes a span of the same tracer and trace. NULL: out of memory. */
struct chutes__span *chutes__span_new_child(const struct chutes__span *parent,
                                            chutes_span_kind kind);
/* Reports the beginning to the tracer. */
void chutes__span_open(struct chutes__span *span);
/* Reports the end to the tracer, and frees the span. */
void chutes__span_close(struct chutes__span *span, chutes_status status);

/* Names the span by its operation and, unless that is "", the model. */
void chutes__span_name(struct chutes__span *span, const char *operation,
                       const char *model);

/* Each sets an attribute; `name` is a constant. */
void chutes__span_set_double(struct chutes__span *span, const char *name,
                             double number);
void chutes__span_set_bool(struct chutes__span *span, const char *name,
                           bool value);
void chutes__span_set_texts(struct chutes__span *span, const char *name,
                            const char *const *texts, size_t count);
/* Sets server.address and server.port to those of a valid URL. */
void chutes__span_set_server(struct chutes__span *span, const char *url);

/* Returns the gen_ai.provider.name of the server of a URL, a constant. */
const char *chutes__span_provider(const char *url);

/* Notes that a request for the model ("": none) goes to this URL. A call may
 * have several requests; the first one counts. */
void chutes__span_note_request(struct chutes__span *span, const char *url,
                               const char *model);
/* Notes that the first token has arrived. */
void chutes__span_note_token(struct chutes__span *span);

#endif
