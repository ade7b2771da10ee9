/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TRANSCRIPT_STREAM_H
#define CHUTES_CODEC_TRANSCRIPT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/response.h>

#include "base/buf.h"
#include "base/slice.h"
#include "json/reader.h"

/*
 * The events of a transcript that is streamed. OpenAI sends pieces of text and
 * then the whole text. vLLM sends chunks like those of a chat: it splits the
 * audio into parts of about 30 seconds, each of which ends with a
 * finish_reason, so only [DONE] after the last one marks the end.
 */
struct chutes__transcript_stream {
    struct chutes__buf text;       /* the text received so far */
    struct chutes__json_half half; /* the beginning of a character */
    size_t delta_at; /* where the text of the latest event begins in `text` */
    chutes_usage usage;
    bool has_usage;
    bool is_over;     /* the event that marks the end arrived */
    bool is_replaced; /* that event contained the whole text */
    bool is_finished; /* the latest part has a finish_reason */
    bool was_cut;     /* a part ended at the length limit */
    bool has_failed;  /* a part ended for another bad reason: */
    char reason[32];
    size_t max_depth;
};

void chutes__transcript_stream_init(struct chutes__transcript_stream *stream,
                                    size_t max_text, size_t max_depth);
void chutes__transcript_stream_dispose(
    struct chutes__transcript_stream *stream);

/* Reads the data of an event. Fails with CHUTES_ERR_PROTOCOL, _STREAM,
 * _TOO_LARGE or _NO_MEMORY, and describes the failure. */
chutes_status
chutes__transcript_stream_take(struct chutes__transcript_stream *stream,
                               struct chutes__slice data, bool is_error_event,
                               chutes_error *error);

/* Checks whether the transcript is complete, after the body has ended without a
 * fault that HTTP can detect. Fails with CHUTES_ERR_TRUNCATED, _STREAM or
 * _NO_MEMORY, and describes the failure. */
chutes_status
chutes__transcript_stream_finish(struct chutes__transcript_stream *stream,
                                 chutes_error *error);

#endif
