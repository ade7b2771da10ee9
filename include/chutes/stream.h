/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_STREAM_H
#define CHUTES_STREAM_H

#include <chutes/chat.h>

/**
 * A streamed answer, pulled event by event:
 *
 *     while (chutes_chat_stream_next(stream, &event, &error) == CHUTES_OK &&
 *            event != NULL) { ... }
 *
 * Nothing is read from the server while the caller doesn't ask for more than
 * what has arrived. A stream is used by one thread at a time, except for
 * chutes_chat_stream_cancel().
 */
typedef struct chutes_chat_stream chutes_chat_stream;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Begin a streamed chat completion. The request is sent by the first
 * chutes_chat_stream_next().
 *
 * @param client  Any thread, any number of streams at once.
 * @param params  Read before this returns. on_event must be NULL.
 * @param stream  Receives the stream, owned by the caller, end with
 *                chutes_chat_stream_close(); NULL on failure.
 * @param error   Filled on failure. May be NULL.
 * @return CHUTES_OK, or why nothing was begun, as chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_chat_stream_open(chutes_client *client, const chutes_chat_params *params,
                        chutes_chat_stream **stream, chutes_error *error);

/**
 * Wait for the next event.
 *
 * @param event  Receives the event, which lives until the next call with this
 *               stream; NULL when there is no more.
 * @param error  Filled on failure. May be NULL.
 * @return CHUTES_OK with an event; CHUTES_OK without one: the answer is whole;
 *         or the failure that ended the stream, as chutes_chat() returns it,
 *         after all events that came before it. After the end it returns the
 *         same again. CHUTES_ERR_INVALID_ARGUMENT for a NULL stream or event.
 */
CHUTES_API chutes_status
chutes_chat_stream_next(chutes_chat_stream *stream,
                        const chutes_chat_event **event, chutes_error *error);

/**
 * Take the answer that the events amount to, once chutes_chat_stream_next() has
 * told the end; after a failure, what had arrived, with `complete` 0.
 *
 * @return Owned by the caller, free with chutes_chat_response_free(); NULL
 *         before the end, when nothing had arrived, and the second time.
 */
CHUTES_API chutes_chat_response *
chutes_chat_stream_take_response(chutes_chat_stream *stream);

/** Make a running or the next chutes_chat_stream_next() end the stream with
 * CHUTES_ERR_CANCELLED. Any thread; not from a signal handler. */
CHUTES_API void chutes_chat_stream_cancel(chutes_chat_stream *stream);

/** Close a stream, in the middle of the answer too, and free it. NULL does
 * nothing. */
CHUTES_API void chutes_chat_stream_close(chutes_chat_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
