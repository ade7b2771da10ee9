/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CHAT_STREAM_PLAIN_H
#define CHUTES_CLIENT_CHAT_STREAM_PLAIN_H

#include "client/chat_stream.h"

/* Bodies that are no event stream: between the files of the chat stream. */

/* The body ended and held no event. CHUTES_OK: it was one whole answer, which
 * was told; is_done is set. */
chutes_status chutes__chat_stream_take_plain(struct chutes__chat_stream *stream,
                                             chutes_status transport)
    __attribute__((warn_unused_result));

/* Sets the end, and describes it unless the transport did. */
chutes_status
chutes__chat_stream_fail_truncated(struct chutes__chat_stream *stream,
                                   chutes_status transport);

/* The server said that the answer is whole: tells what is left to tell. */
chutes_status chutes__chat_stream_take_done(struct chutes__chat_stream *stream)
    __attribute__((warn_unused_result));

#endif
