/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_CONNECTION_H
#define CHUTES_MOCK_CONNECTION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mock/bytes.h"
#include "mock/server_state.h"
#include "mock/tls.h"

/* One accepted connection. A thread of its own uses it, and the accepting
 * thread frees it after joining that thread. */
struct mock_connection {
    struct mock_server *server;
    struct mock_connection *next;
    pthread_t thread;
    atomic_bool ended; /* the thread is about to return */
    int number;
    int requests;       /* read from it so far */
    int fd;             /* -1 once closed */
    struct ssl_st *ssl; /* NULL until the handshake is done */
    size_t split;       /* bytes per write; 0: no limit */
    struct mock_bytes in;
    size_t consumed;       /* bytes at the start of `in` */
    struct mock_bytes out; /* scratch space of mock_send_chunk() */
    struct mock_bytes head;
    struct mock_bytes method;
    struct mock_bytes path;
    struct mock_bytes body;
};

/* Waits until the socket is readable (MOCK_IO_WANT_READ) or writable
 * (MOCK_IO_WANT_WRITE). Returns false if `deadline_us` passed or the server
 * stops. */
bool mock_wait_ready(struct mock_connection *connection, enum mock_io wanted,
                     int64_t deadline_us);

/* Waits for bytes and appends them to connection->in. Returns false if the peer
 * closed, the server stops or `deadline_us` passed. */
bool mock_receive(struct mock_connection *connection, int64_t deadline_us);

/* Removes the consumed bytes from connection->in. */
void mock_drop_consumed(struct mock_connection *connection);

/* Closes the descriptor without sending close_notify. */
void mock_close(struct mock_connection *connection);

#endif
