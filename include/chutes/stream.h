/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_STREAM_H
#define CHUTES_STREAM_H

#include <chutes/chat.h>

/**
 * A streamed chat completion whose events the caller reads one by one:
 *
 *     while (chutes_chat_stream_next(stream, &event, &error) == CHUTES_OK &&
 *            event != NULL) { ... }
 *
 * The library reads from the server only inside chutes_chat_stream_next(), and
 * only when no event is left from an earlier read. One thread at a time may use
 * a stream; chutes_chat_stream_cancel() is the exception.
 */
typedef struct chutes_chat_stream chutes_chat_stream;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Open a stream. The first chutes_chat_stream_next() sends the request.
 *
 * Any thread may call this, and may open any number of streams at once.
 *
 * @param client  Must not be NULL.
 * @param params  Must not be NULL, and its on_event must be NULL. Read before
 *                this returns.
 * @param stream  Receives the stream, or NULL on failure. The caller owns it
 *                and frees it with chutes_chat_stream_close(). Must not be
 *                NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field);
 *         CHUTES_ERR_CONFIG (api_key_fn failed); CHUTES_ERR_MISUSE (the client
 *         was made before fork()); CHUTES_ERR_CONNECT (too many open files);
 *         CHUTES_ERR_TOO_LARGE (max_request_bytes); or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status
chutes_chat_stream_open(chutes_client *client, const chutes_chat_params *params,
                        chutes_chat_stream **stream, chutes_error *error);

/**
 * Wait for the next event. Only the thread that uses the stream may call this.
 *
 * @param stream  Must not be NULL.
 * @param event   Receives the event, which is valid until the next
 *                chutes_chat_stream_next() or chutes_chat_stream_close() of
 *                this stream; NULL at the end of the stream. Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK with an event; CHUTES_OK with NULL when the response is
 *         complete; or the failure that ended the stream, as chutes_chat()
 *         would return it. Unless the stream was cancelled, all events that
 *         arrived before the failure are returned first. After the end, further
 *         calls return the same result. CHUTES_ERR_INVALID_ARGUMENT if `stream`
 *         or `event` is NULL; CHUTES_ERR_MISUSE in the child of a fork(), once
 *         no event is left from an earlier read.
 */
CHUTES_API chutes_status
chutes_chat_stream_next(chutes_chat_stream *stream,
                        const chutes_chat_event **event, chutes_error *error);

/**
 * Take the response out of a stream that has ended: chutes_chat_stream_next()
 * has set its event to NULL. After a failure the response holds what had
 * arrived, and its `complete` is 0. Only the thread that uses the stream may
 * call this.
 *
 * @param stream  NULL returns NULL.
 * @return The response, which the caller owns and frees with
 *         chutes_chat_response_free(). NULL before the end, if nothing had
 *         arrived, and on a second call.
 */
CHUTES_API chutes_chat_response *
chutes_chat_stream_take_response(chutes_chat_stream *stream);

/**
 * Cancel a stream: the chutes_chat_stream_next() that is running, or else the
 * next one, discards the remaining events and returns CHUTES_ERR_CANCELLED. A
 * stream that has ended is not affected. Any thread may call this, but not a
 * signal handler.
 *
 * @param stream  NULL is ignored.
 */
CHUTES_API void chutes_chat_stream_cancel(chutes_chat_stream *stream);

/**
 * Free a stream. One that hasn't ended is cancelled. Only the thread that uses
 * the stream may call this.
 *
 * @param stream  NULL is ignored.
 */
CHUTES_API void chutes_chat_stream_close(chutes_chat_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
