/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TRANSCRIPT_STREAM_H
#define CHUTES_CODEC_TRANSCRIPT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/transcribe.h>

#include "base/arena.h"
#include "codec/chunk.h"
#include "codec/transcript_chunk.h"

/*
 * The events of a transcript that is streamed. OpenAI sends pieces of text and
 * then the whole text. vLLM sends chunks like those of a chat: it splits the
 * audio into parts of about 30 seconds, each of which ends with a
 * finish_reason, so only [DONE] after the last one marks the end.
 */
struct chutes__transcript_stream {
    struct chutes__transcript_text text;
    struct chutes__transcript_parts parts;
    chutes_usage usage;
    bool has_usage;
    bool is_over;     /* the event that marks the end arrived */
    bool is_replaced; /* that event contained the whole text */
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

/* Looks for text in JSON of an unknown shape. If there is any, only an
 * event with the whole text completes the transcript. */
void chutes__transcript_stream_look(struct chutes__transcript_stream *stream,
                                    struct chutes__slice json,
                                    enum chutes__chunk_place place);

/* Checks whether the transcript is complete, after the body has ended without a
 * fault that HTTP can detect. Fails with CHUTES_ERR_PROTOCOL, _TRUNCATED,
 * _STREAM or _NO_MEMORY, and describes the failure. */
chutes_status
chutes__transcript_stream_finish(struct chutes__transcript_stream *stream,
                                 chutes_error *error);

/* Stores in the arena the text and the usage that have arrived. Fails with
 * CHUTES_ERR_NO_MEMORY, and doesn't describe that. */
chutes_status
chutes__transcript_stream_keep(const struct chutes__transcript_stream *stream,
                               struct chutes__arena *arena,
                               chutes_transcript *transcript);

#endif
