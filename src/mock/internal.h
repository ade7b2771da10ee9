/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_INTERNAL_H
#define CHUTES_MOCK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "mock/server.h"

struct ssl_st;
struct ssl_ctx_st;

struct mock_server {
    struct mock_server_options options;
    struct ssl_ctx_st *tls; /* NULL: plain HTTP */
    int listen_fd;
    int stop_fd; /* an eventfd, readable for good once the server stops */
    int port;
    atomic_bool stopping;
    pthread_t thread;
    struct mock_connection *connections; /* of the accepting thread */
    atomic_int accepts;
    atomic_int requests;
    pthread_mutex_t lock; /* of open */
    pthread_cond_t closed;
    int open;
    atomic_llong http_bytes;
};

struct mock_connection {
    struct mock_server *server;
    struct mock_connection *next;
    pthread_t thread;
    atomic_bool ended; /* the thread is about to return */
    int number;
    int requests;       /* read from it so far */
    int fd;             /* -1 once closed */
    struct ssl_st *ssl; /* NULL until the handshake is done */
    size_t split;
    struct mock_bytes in; /* received, from `taken` on not looked at yet */
    size_t taken;
    struct mock_bytes out; /* scratch of mock_send_chunk() */
    struct mock_bytes head;
    struct mock_bytes method;
    struct mock_bytes path;
    struct mock_bytes body;
};

/* What an attempt to move bytes came to. */
enum mock_io {
    MOCK_IO_DONE,
    MOCK_IO_WANT_READ,
    MOCK_IO_WANT_WRITE,
    MOCK_IO_END /* closed or broken */
};

/* Receives some bytes into connection->in, waiting for them. False: the peer
 * closed, the server stops, or `deadline_us` passed. */
bool mock_receive(struct mock_connection *connection, int64_t deadline_us);

/* Drops what was taken from connection->in. */
void mock_forget_taken(struct mock_connection *connection);

/* Counts a connection that was closed. */
void mock_count_close(struct mock_server *server);

/* Closes the descriptor without another word on TLS. */
void mock_close(struct mock_connection *connection);

/* Receives a whole request. False: there will be none. */
bool mock_read_request(struct mock_connection *connection,
                       struct mock_request *request);

/* NULL on failure; *reason then says why. */
struct ssl_ctx_st *mock_tls_context(const struct mock_server_options *options,
                                    const char **reason);
void mock_tls_context_free(struct ssl_ctx_st *context);
struct ssl_st *mock_tls_new(struct ssl_ctx_st *context, int fd);
void mock_tls_free(struct ssl_st *ssl);
enum mock_io mock_tls_accept(struct ssl_st *ssl);
enum mock_io mock_tls_read(struct ssl_st *ssl, void *bytes, size_t len,
                           size_t *received);
enum mock_io mock_tls_write(struct ssl_st *ssl, const void *bytes, size_t len,
                            size_t *sent);
/* TLS 1.3: asks the peer for a new key too. */
void mock_tls_key_update(struct ssl_st *ssl);
/* TLS 1.3: sends one more session ticket. */
void mock_tls_ticket(struct ssl_st *ssl);
/* Sends close_notify; doesn't wait for the peer's. */
void mock_tls_close_notify(struct ssl_st *ssl);

#endif
