/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_STATE_H
#define CHUTES_CHAT_ANSWER_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "chat/accumulator.h"
#include "sse/sse.h"
#include "json/span.h"

/*
 * Reads the body of an answer: it parses the bytes, fills the accumulator and,
 * at the end, decides how the answer ended. This is the lenient layer above the
 * strict event stream: it finds errors that servers write between the events,
 * accepts a last event without its blank line, and reads an answer that is not
 * a stream at all.
 */
struct chutes__answer_reader {
    struct chutes__sse sse;
    struct chutes__accumulator acc;
    struct chutes__buf plain; /* a body that is not, or may not be, an event
                                 stream; stored until the first event */
    size_t plain_at;          /* where its text begins, behind blanks and
                                 comments */
    bool is_comment;          /* plain_at is within a comment */
    bool is_plain_cut;        /* only its beginning was stored */
    bool has_length; /* the body has a Content-Length, so nobody need look for
                        its end; set by the caller before the first feed */
    struct chutes__json_span span; /* the JSON with which its text begins */
    size_t span_at;                /* how much of `plain` was searched for the
                                      end of that */
    bool is_whole;     /* the text is a whole answer that says so: all choices
                          have a finish_reason */
    size_t bare_texts; /* lines of it that are JSON with text */
    bool is_framed;    /* false: the content type excludes an event stream */
    bool wants_stream; /* as in the options */
    bool is_feeding;   /* a feed is running and can be paused */
    bool is_done;      /* the answer is complete; further bytes are ignored */
    char content_type[64];   /* without parameters, for messages */
    size_t event_count;      /* documents read from events */
    size_t taken;            /* bytes that the last feed consumed */
    struct chutes__buf rest; /* the documents of an event, one per line, that a
                                pause has left */
    size_t rest_at;          /* where the next one starts */
    enum chutes__data_kind rest_kind; /* the kind of that event */
    size_t max_line;
    size_t max_event;
    chutes_status status; /* set by the feed that failed; final */
    chutes_end end;       /* NONE until finish or a failure sets it */
    chutes_error *error;  /* where failures are described; never NULL */
};

struct chutes__answer_reader_options {
    struct chutes__accumulator_options accumulator;
    size_t max_line;
    size_t max_event;
    size_t max_body;   /* bytes of an answer that is not a stream */
    bool wants_stream; /* a stream was requested, so a whole answer causes the
                          warning not_streamed */
};

#endif
