/* SPDX-License-Identifier: MIT */
/* Lines of a peer's script that many tests send: the events of a stream. */
#ifndef CHUTES_TESTS_STREAM_SCRIPT_H
#define CHUTES_TESTS_STREAM_SCRIPT_H

#define PIECE(text)                                                          \
    "sse "                                                                   \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text \
    "\"}}]}\n"
/* The last piece, with what ends the choice and the stream. */
#define LAST(text)                                                           \
    "sse "                                                                   \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text \
    "\"},\"finish_reason\":\"stop\"}]}\n"                                    \
    "sse [DONE]\n"                                                           \
    "chunk-end\n"
#define STREAM(text) "sse-head\n" LAST(text)

#endif
