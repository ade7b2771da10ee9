/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_TRANSCRIPT_READER_H
#define CHUTES_CLIENT_TRANSCRIPT_READER_H

#include <chutes/transcribe.h>

#include "client/json_call.h"
#include "codec/transcript_stream.h"
#include "sse/sse.h"

/* Splits the bytes of a streamed transcript into events, and passes the text of
 * each on to the application. */
struct chutes__transcript_reader {
    struct chutes__json_call *call;
    chutes_transcript_event_fn on_event;
    void *event_data;
    struct chutes__sse sse;
    struct chutes__transcript_stream stream;
};

/* The caller sets the first three members first. */
void chutes__transcript_reader_init(struct chutes__transcript_reader *reader);
void chutes__transcript_reader_dispose(
    struct chutes__transcript_reader *reader);

/* Reads bytes of the stream. Ignores those after its end. The status of a
 * failure is that of the request's error. */
chutes_status
chutes__transcript_reader_feed(struct chutes__transcript_reader *reader,
                               const char *bytes, size_t len);

/* Reads a last event without its blank line: many servers close the connection
 * right after it. Fails likewise. */
chutes_status
chutes__transcript_reader_flush(struct chutes__transcript_reader *reader);

/* Passes a piece of text on. Returns false if the application cancels the
 * call. */
bool chutes__transcript_reader_deliver(
    const struct chutes__transcript_reader *reader, const char *text,
    size_t len);

#endif
