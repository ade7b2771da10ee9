/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_ANSWER_READER_H
#define CHUTES_CHAT_ANSWER_READER_H

#include "chat/accumulate.h"
#include "chat/answer_state.h"

void chutes__answer_reader_init(
    struct chutes__answer_reader *reader,
    const struct chutes__answer_reader_options *options, chutes_error *error);
void chutes__answer_reader_dispose(struct chutes__answer_reader *reader);

/* Decides by the Content-Type whether the body may be an event stream; pass ""
 * if none was sent. Call this before the first feed. */
void chutes__answer_reader_content_type(struct chutes__answer_reader *reader,
                                        const char *content_type);

/* Reads bytes of the body. After [DONE] (is_done), it ignores them and returns
 * CHUTES_OK. Any other status is final and described in *error. After a pause,
 * feed the bytes after the first `taken` again. While
 * chutes__answer_reader_has_rest(), call this even if there are no more
 * bytes. */
chutes_status chutes__answer_reader_feed(struct chutes__answer_reader *reader,
                                         const char *bytes, size_t len)
    __attribute__((warn_unused_result));

/* Call this from on_event to pause: the running feed returns after this event;
 * see chutes__accumulator_pause(). The events of chutes__answer_reader_finish()
 * can't be paused. */
void chutes__answer_reader_pause(struct chutes__answer_reader *reader);

/* Returns true if a pause has left events, which the next feed reports. */
bool chutes__answer_reader_has_rest(const struct chutes__answer_reader *reader);

/* Call this if the body won't go on: reports what its last line and its last
 * event hold, even if their line ends are missing. Does nothing while
 * chutes__answer_reader_has_rest(), because the rest comes first. Returns the
 * statuses of chutes__answer_reader_feed(). */
chutes_status chutes__answer_reader_flush(struct chutes__answer_reader *reader)
    __attribute__((warn_unused_result));

/*
 * Call this when the body has ended. `transport` is CHUTES_OK if the body is
 * complete according to HTTP, or CHUTES_ERR_TRUNCATED; don't call this after
 * any other failure. Sets `end` and returns the status of the call. CHUTES_OK
 * means that `end` is done or finished_without_done, and no choice has failed.
 * Other statuses are described in *error: CHUTES_ERR_TRUNCATED (also a body
 * that ends in the middle of its JSON), CHUTES_ERR_STREAM, or
 * CHUTES_ERR_PROTOCOL (neither a stream nor JSON, or empty, or a whole answer
 * without choices).
 */
chutes_status chutes__answer_reader_finish(struct chutes__answer_reader *reader,
                                           chutes_status transport)
    __attribute__((warn_unused_result));

#endif
