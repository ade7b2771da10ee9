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

/* What the source files behind h2_peer.h share. */

struct ssl_st;

enum h2_phase { H2_PHASE_HANDSHAKE, H2_PHASE_HTTP1, H2_PHASE_HTTP2 };
enum h2_ending { H2_OPEN, H2_END_FIN, H2_END_FIN_DIRTY, H2_END_RST };

/* A request, and the position in its script. */
struct h2_stream {
    struct h2_stream *next;
    struct h2_connection *connection;
    int32_t id; /* 0: an HTTP/1.1 request */
    const struct h2_section *section;
    bool is_post;
    bool is_whole;
    bool is_closed; /* nothing more can be sent on it */
    bool is_reset;  /* by the client */
    size_t at;      /* index of the next step */
    int64_t due_us; /* when `sleep` ends; 0: not sleeping */
    long pong;      /* the PING answer `sync` waits for; 0: none */
    long rounds[H2_LOOPS_MAX];
    size_t depth;
    const struct h2_step **headers; /* not sent yet */
    size_t header_count;
    const char *piece; /* the DATA that nghttp2 hasn't taken yet */
    size_t piece_len;
    bool is_ending; /* END_STREAM follows the DATA */
};

struct h2_connection {
    struct h2_host *host;
    int fd;
    struct ssl_st *ssl;
    enum h2_phase phase;
    enum h2_ending ending;
    int64_t read_from_us;
    bool wants_write; /* TLS must write before it can continue */
    bool is_deaf;     /* reads nothing more */
    long pings;       /* sent by `sync` */
    long pongs;       /* answers to these; other PINGs don't count */
    bool is_shut;     /* sending has ended; waits for the client to close */
    bool is_over;
    nghttp2_session *session;
    struct h2_stream *streams;
    struct mock_bytes in;  /* received HTTP/1.1 bytes */
    struct mock_bytes out; /* bytes before `sent` were written already */
    size_t sent;
};

/* The payload of the PINGs that `sync` sends. */
extern const uint8_t h2_sync_ping[8];

/* Aborts if `is_ok` is false: an assertion on the peer's thread couldn't fail
 * the test. */
void h2_must(bool is_ok);
/* Appends to the bytes to send. */
void h2_put(struct h2_connection *connection, const void *bytes, size_t len);

/* Returns NULL if there is no such stream. */
struct h2_stream *h2_stream_find(struct h2_connection *connection, int32_t id);
struct h2_stream *h2_stream_add(struct h2_connection *connection, int32_t id);
/* Notes that the whole request has arrived. */
void h2_stream_set_whole(struct h2_stream *stream);
/* Runs the steps of the stream until one has to wait. */
void h2_stream_run(struct h2_stream *stream);

void h2_session_start(struct h2_connection *connection);
/* Moves the frames that nghttp2 has queued to `out`; does nothing over
 * HTTP/1.1. */
void h2_session_drain(struct h2_connection *connection);
/* Submits HEADERS; DATA follows once the stream has some. */
void h2_session_send_head(struct h2_stream *stream);

#endif
