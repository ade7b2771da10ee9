/* SPDX-License-Identifier: MIT */
/* Receives and sends the bytes of one connection, plain or over TLS, and ends
 * it in each way that a peer may see. */
#include "mock/connection.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_CORK
/* The BSDs have it under another name. */
#define TCP_CORK TCP_NOPUSH
#endif

enum { RECEIVE_SIZE = 64 * 1024 };
/* A peer that never stops sending must not hold up the close. */
enum { MAX_DRAIN_ROUNDS = 4096 };

bool mock_handshake(struct mock_connection *connection)
{
    struct mock_server *server = connection->server;
    struct ssl_st *ssl;
    enum mock_io io;

    if (server->tls == NULL || connection->ssl != NULL) {
        return connection->fd >= 0;
    }
    ssl = mock_tls_new(server->tls, connection->fd);
    if (ssl == NULL) {
        return false;
    }
    do {
        io = mock_tls_accept(ssl);
    } while (io != MOCK_IO_DONE && io != MOCK_IO_END &&
             mock_wait_ready(connection, io, CHUTES__CLOCK_NEVER));
    if (io != MOCK_IO_DONE) {
        mock_tls_free(ssl);
        return false;
    }
    connection->ssl = ssl;
    return true;
}

static enum mock_io judge_errno(enum mock_io wanted)
{
    return errno == EAGAIN || errno == EINTR ? wanted : MOCK_IO_END;
}

/* Receives at least one byte, or returns what to wait for. */
static enum mock_io receive_some(struct mock_connection *connection, char *into,
                                 size_t len, size_t *received)
{
    ssize_t result;

    if (connection->ssl != NULL) {
        return mock_tls_read(connection->ssl, into, len, received);
    }
    result = recv(connection->fd, into, len, 0);
    if (result < 0) {
        return judge_errno(MOCK_IO_WANT_READ);
    }
    *received = (size_t)result;
    return result == 0 ? MOCK_IO_END : MOCK_IO_DONE;
}

bool mock_receive(struct mock_connection *connection, int64_t deadline_us)
{
    struct mock_bytes *in = &connection->in;
    size_t received = 0;
    enum mock_io io;

    if (connection->fd < 0 || !mock_bytes_reserve(in, RECEIVE_SIZE)) {
        return false;
    }
    for (;;) {
        io = receive_some(connection, in->data + in->len, RECEIVE_SIZE,
                          &received);
        if (io == MOCK_IO_DONE || io == MOCK_IO_END ||
            !mock_wait_ready(connection, io, deadline_us)) {
            break;
        }
    }
    if (io != MOCK_IO_DONE) {
        return false;
    }
    in->len += received;
    in->data[in->len] = '\0';
    atomic_fetch_add(&connection->server->http_bytes, (long long)received);
    return true;
}

void mock_drop_consumed(struct mock_connection *connection)
{
    struct mock_bytes *in = &connection->in;

    if (connection->consumed == 0) {
        return;
    }
    in->len -= connection->consumed;
    memmove(in->data, in->data + connection->consumed, in->len);
    in->data[in->len] = '\0';
    connection->consumed = 0;
}

bool mock_read(struct mock_connection *connection, size_t bytes, int timeout_ms)
{
    int64_t deadline =
        chutes__clock_after_ms(chutes__clock_now_us(), timeout_ms);

    while (bytes > 0) {
        size_t here = connection->in.len - connection->consumed;
        size_t part = here < bytes ? here : bytes;

        connection->consumed += part;
        bytes -= part;
        mock_drop_consumed(connection);
        if (bytes > 0 && !mock_receive(connection, deadline)) {
            return false;
        }
    }
    return true;
}

/* Sends at least one byte, or returns what to wait for. */
static enum mock_io send_some(struct mock_connection *connection,
                              const char *bytes, size_t len, size_t *sent)
{
    ssize_t result;

    if (connection->ssl != NULL) {
        return mock_tls_write(connection->ssl, bytes, len, sent);
    }
    result = send(connection->fd, bytes, len, MSG_NOSIGNAL);
    if (result < 0) {
        return judge_errno(MOCK_IO_WANT_WRITE);
    }
    *sent = (size_t)result;
    return MOCK_IO_DONE;
}

/* Sends one piece in a single write unless the socket is full. */
static bool send_piece(struct mock_connection *connection, const char *bytes,
                       size_t len)
{
    while (len > 0) {
        size_t sent = 0;
        enum mock_io io;

        if (atomic_load(&connection->server->stopping)) {
            return false;
        }
        io = send_some(connection, bytes, len, &sent);
        if (io == MOCK_IO_END) {
            return false;
        }
        if (io != MOCK_IO_DONE &&
            !mock_wait_ready(connection, io, CHUTES__CLOCK_NEVER)) {
            return false;
        }
        bytes += sent;
        len -= sent;
    }
    return true;
}

bool mock_send(struct mock_connection *connection, const void *bytes,
               size_t len)
{
    const char *at = bytes;

    if (connection->fd < 0) {
        return false;
    }
    while (len > 0) {
        size_t piece = len;

        if (connection->split > 0 && connection->split < len) {
            piece = connection->split;
        }
        if (!send_piece(connection, at, piece)) {
            return false;
        }
        at += piece;
        len -= piece;
    }
    return true;
}

bool mock_send_text(struct mock_connection *connection, const char *text)
{
    return mock_send(connection, text, strlen(text));
}

bool mock_send_raw(struct mock_connection *connection, const void *bytes,
                   size_t len)
{
    struct ssl_st *ssl = connection->ssl;
    bool is_sent;

    /* Without its TLS, the connection sends plain bytes. */
    connection->ssl = NULL;
    is_sent = mock_send(connection, bytes, len);
    connection->ssl = ssl;
    return is_sent;
}

bool mock_send_chunk(struct mock_connection *connection, const void *bytes,
                     size_t len)
{
    struct mock_bytes *out = &connection->out;
    char size[24];
    int size_len = snprintf(size, sizeof(size), "%zx\r\n", len);

    /* One write, as real servers send chunks. */
    out->len = 0;
    return mock_bytes_append(out, size, (size_t)size_len) &&
           mock_bytes_append(out, bytes, len) &&
           mock_bytes_append(out, "\r\n", 2) &&
           mock_send(connection, out->data, out->len);
}

void mock_set_split(struct mock_connection *connection, size_t bytes)
{
    connection->split = bytes;
}

void mock_close(struct mock_connection *connection)
{
    if (connection->fd < 0) {
        return;
    }
    mock_tls_free(connection->ssl);
    connection->ssl = NULL;
    close(connection->fd);
    connection->fd = -1;
    mock_open_count_remove(&connection->server->open);
}

bool mock_hold(struct mock_connection *connection, bool holds)
{
    int value = holds;

    return connection->fd >= 0 &&
           setsockopt(connection->fd, IPPROTO_TCP, TCP_CORK, &value,
                      sizeof(value)) == 0;
}

bool mock_key_update(struct mock_connection *connection)
{
    if (connection->ssl != NULL) {
        mock_tls_key_update(connection->ssl);
    }
    return connection->fd >= 0;
}

bool mock_ticket(struct mock_connection *connection)
{
    if (connection->ssl != NULL) {
        mock_tls_ticket(connection->ssl);
    }
    return connection->fd >= 0;
}

bool mock_half_close(struct mock_connection *connection)
{
    if (connection->fd < 0) {
        return false;
    }
    if (connection->ssl != NULL) {
        mock_tls_close_notify(connection->ssl);
    }
    return shutdown(connection->fd, SHUT_WR) == 0;
}

void mock_reset(struct mock_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (connection->fd < 0) {
        return;
    }
    /* With a linger time of 0, close() sends RST. */
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once,
                     sizeof(at_once));
    mock_close(connection);
}

void mock_fin(struct mock_connection *connection)
{
    if (connection->ssl != NULL) {
        mock_tls_close_notify(connection->ssl);
    }
    mock_fin_dirty(connection);
}

void mock_fin_dirty(struct mock_connection *connection)
{
    char scratch[4096];
    int rounds = 0;

    if (connection->fd < 0) {
        return;
    }
    (void)shutdown(connection->fd, SHUT_WR);
    /* Closing with unread input would send RST instead of FIN. The socket is
     * non-blocking, so this doesn't wait for more. */
    while (rounds < MAX_DRAIN_ROUNDS &&
           recv(connection->fd, scratch, sizeof(scratch), 0) > 0) {
        rounds++;
    }
    mock_close(connection);
}
