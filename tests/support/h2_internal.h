/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_INTERNAL_H
#define CHUTES_TESTS_H2_INTERNAL_H

#include <nghttp2/nghttp2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"

#include "h2_connection.h"
#include "h2_script.h"

/* What the sources of h2_peer.h share. */

struct ssl_st;

enum h2_phase { H2_PHASE_HANDSHAKE, H2_PHASE_HTTP1, H2_PHASE_HTTP2 };
enum h2_ending { H2_OPEN, H2_END_FIN, H2_END_FIN_DIRTY, H2_END_RST };

/* A request and where its steps stand. */
struct h2_stream {
    struct h2_stream *next;
    struct h2_connection *connection;
    int32_t id; /* 0: of HTTP/1.1 */
    const struct h2_section *section;
    bool is_post;
    bool is_whole;
    bool is_closed; /* nothing of it can be sent any more */
    bool is_reset;  /* by the client */
    size_t at;      /* its next step */
    int64_t due_us; /* of `sleep`; 0: none */
    long pong;      /* that `sync` waits for; 0: none */
    long rounds[H2_LOOPS_MAX];
    size_t depth;
    const struct h2_step **headers; /* not sent yet */
    size_t header_count;
    const char *piece; /* of DATA, what wasn't taken yet */
    size_t piece_len;
    bool is_ending; /* END_STREAM is to follow */
};

struct h2_connection {
    struct h2_host *host;
    int fd;
    struct ssl_st *ssl;
    enum h2_phase phase;
    enum h2_ending ending;
    int64_t read_from_us;
    bool wants_write; /* TLS does */
    bool is_deaf;     /* reads nothing more */
    long pings;       /* sent by `sync` */
    long pongs;       /* answers to these, but to no other PING */
    bool is_shut;     /* nothing more is sent; the client is to close */
    bool is_over;
    nghttp2_session *session;
    struct h2_stream *streams;
    struct mock_bytes in;  /* of HTTP/1.1 */
    struct mock_bytes out; /* from `sent` on not written yet */
    size_t sent;
};

/* What a PING of `sync` carries. */
extern const uint8_t h2_sync_ping[8];

/* Aborts: the peer's thread can't make a test fail. */
void h2_must(bool is_ok);
/* Behind what is to be sent. */
void h2_put(struct h2_connection *connection, const void *bytes, size_t len);

/* Finds by number; NULL: there is none. */
struct h2_stream *h2_stream_find(struct h2_connection *connection, int32_t id);
struct h2_stream *h2_stream_add(struct h2_connection *connection, int32_t id);
/* Its request is there. */
void h2_stream_set_whole(struct h2_stream *stream);
/* Takes steps as far as possible. */
void h2_stream_run(struct h2_stream *stream);

void h2_session_start(struct h2_connection *connection);
/* Takes what the session has to send; does nothing over HTTP/1.1. */
void h2_session_drain(struct h2_connection *connection);
/* Sends HEADERS; DATA follows as the stream has any. */
void h2_session_send_head(struct h2_stream *stream);

#endif
