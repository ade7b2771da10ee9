/* SPDX-License-Identifier: MIT */
/* Lines of peer scripts that many tests use: the events of a stream. */
#ifndef CHUTES_TESTS_STREAM_SCRIPT_H
#define CHUTES_TESTS_STREAM_SCRIPT_H

#define PIECE(text)                                                          \
    "sse "                                                                   \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text \
    "\"}}]}\n"
/* The last piece, and the end of the choice and of the stream. */
#define LAST(text)                                                           \
    "sse "                                                                   \
    "{\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" text \
    "\"},\"finish_reason\":\"stop\"}]}\n"                                    \
    "sse [DONE]\n"                                                           \
    "chunk-end\n"
#define STREAM(text) "sse-head\n" LAST(text)

#endif
