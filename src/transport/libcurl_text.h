/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_LIBCURL_TEXT_H
#define CHUTES_TRANSPORT_LIBCURL_TEXT_H

#include "base/slice.h"

/*
 * What libcurl says only in its debug output. The texts are those of libcurl
 * 7.88 to 8.22. Other versions may word them differently; then we know less,
 * but nothing that is wrong.
 */
enum chutes__libcurl_fact {
    CHUTES__LIBCURL_OTHER, /* nothing that we need */
    /* The protocol that was agreed on, before the request goes out.
     * CURLINFO_HTTP_VERSION names it only with the answer. */
    CHUTES__LIBCURL_SPEAKS_HTTP1,
    CHUTES__LIBCURL_SPEAKS_HTTP2,
    /* The request was sent on this HTTP/2 stream. */
    CHUTES__LIBCURL_OPENED_STREAM,
    /* The server refused the stream (REFUSED_STREAM). Old versions don't say
     * so if the connection had been used before. */
    CHUTES__LIBCURL_REFUSED_STREAM,
    /* libcurl gives the stream up and sends the request again. */
    CHUTES__LIBCURL_LEFT_STREAM,
    /* The server takes no more streams on the connection (GOAWAY), and hasn't
     * processed those whose number is greater than this one. */
    CHUTES__LIBCURL_GOES_AWAY
};

/* Returns what the line says, and stores the stream's number, if it has one,
 * in *stream. */
enum chutes__libcurl_fact chutes__libcurl_read_text(struct chutes__slice line,
                                                    long *stream);

#endif
