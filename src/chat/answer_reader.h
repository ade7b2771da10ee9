/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_READER_H
#define CHUTES_CHAT_ANSWER_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "chat/accumulate.h"
#include "sse/sse.h"

/*
 * The body of a streamed answer: bytes in, accumulator filled, end state out.
 * The lenient layer above the strict framer: finds errors that servers write
 * between the events, forgives a last event without its blank line, and knows
 * what to do with an answer that is not a stream at all.
 */
struct chutes__answer_reader {
    struct chutes__sse sse;
    struct chutes__accumulator acc;
    struct chutes__buf plain; /* a body that is no event stream, or might not
                                 be: kept until the first event */
    bool is_plain_cut;        /* not all of it was kept */
    bool is_framed;    /* false: the content type says it is no event stream */
    bool wants_stream; /* as in the options */
    bool is_feeding;   /* a feed runs, so that it can be paused */
    bool is_done;      /* [DONE] was seen: no more bytes are wanted */
    char content_type[64];   /* for messages: without parameters */
    size_t event_count;      /* events with data that were processed */
    size_t news_count;       /* of those, what has a part in the answer */
    size_t taken;            /* bytes of the last feed */
    struct chutes__buf rest; /* documents that a pause has left of an event that
                                held several, a line each */
    size_t rest_at;          /* how much of that was taken */
    enum chutes__data_kind rest_kind; /* what that event is */
    size_t max_line;
    size_t max_event;
    chutes_status status; /* of the feed that failed: sticky */
    chutes_end end; /* set by finish, or by a failure: NONE while running */
    chutes_error *error; /* where failures are described; never NULL */
};

struct chutes__answer_reader_options {
    struct chutes__accumulator_options accumulator;
    size_t max_line;
    size_t max_event;
    size_t max_body;   /* of an answer that is no stream */
    bool wants_stream; /* false: a whole answer was asked for, so one is no
                          warning (not_streamed) */
};

void chutes__answer_reader_init(
    struct chutes__answer_reader *reader,
    const struct chutes__answer_reader_options *options, chutes_error *error);
void chutes__answer_reader_dispose(struct chutes__answer_reader *reader);

/* The Content-Type decides whether the body is framed; "" when none was sent.
 * Call before the first feed. */
void chutes__answer_reader_content_type(struct chutes__answer_reader *reader,
                                        const char *content_type);

/* CHUTES_OK also once is_done is set: bytes behind [DONE] are ignored. Any
 * other status is final and described in *error. When the stream was paused,
 * what is behind the `taken` bytes must be fed again, and while it has a rest,
 * a feed is due even without bytes. */
chutes_status chutes__answer_reader_feed(struct chutes__answer_reader *reader,
                                         const char *bytes, size_t len)
    __attribute__((warn_unused_result));

/* From on_event: the running feed ends behind this event; see
 * chutes__accumulator_pause(). What chutes__answer_reader_finish() tells can't
 * be paused. */
void chutes__answer_reader_pause(struct chutes__answer_reader *reader);

/* Is something of what was taken still to be told, by the next feed? */
bool chutes__answer_reader_has_rest(const struct chutes__answer_reader *reader);

/*
 * The body ended. `transport` is how: CHUTES_OK for an end in good order, as
 * far as HTTP can tell. Decides `end` and returns the status of the call:
 * CHUTES_OK only for done and finished_without_done without a finish_reason of
 * abort or error. CHUTES_ERR_TRUNCATED (also a body that ends in the middle of
 * its JSON), CHUTES_ERR_STREAM, CHUTES_ERR_PROTOCOL (no stream and no JSON, or
 * empty, or a whole answer without choices) are described in *error. A failure
 * that a feed returned, and cancelling or a timeout, are the caller's to
 * report: it calls this only for OK and TRUNCATED.
 */
chutes_status chutes__answer_reader_finish(struct chutes__answer_reader *reader,
                                           chutes_status transport)
    __attribute__((warn_unused_result));

/* ---- between the files of the answer reader ------------------------------ */

/* The body ended and held no event. CHUTES_OK: it was one whole answer, which
 * was told; is_done is set. */
chutes_status
chutes__answer_reader_take_plain(struct chutes__answer_reader *reader,
                                 chutes_status transport)
    __attribute__((warn_unused_result));

/* The first event comes: [DONE], if `is_end`. What the body had before it may
 * be a whole answer in JSON, which is told, and then *is_answer is set; or text
 * that would be missing from the answer, which is a failure. */
chutes_status
chutes__answer_reader_take_bare(struct chutes__answer_reader *reader,
                                bool is_end, bool *is_answer)
    __attribute__((warn_unused_result));

/* There is text outside of the events. */
chutes_status
chutes__answer_reader_fail_bare(struct chutes__answer_reader *reader,
                                struct chutes__slice text);

/* Sets the end, and describes it unless the transport did. */
chutes_status
chutes__answer_reader_fail_truncated(struct chutes__answer_reader *reader,
                                     chutes_status transport);

/* The server said that the answer is whole: tells what is left to tell. */
chutes_status
chutes__answer_reader_take_done(struct chutes__answer_reader *reader)
    __attribute__((warn_unused_result));

#endif
