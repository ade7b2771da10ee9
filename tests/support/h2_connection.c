/* SPDX-License-Identifier: MIT */
#include "h2_connection.h"

#include "base/clock.h"
#include "mock/tls.h"

#include "h2_internal.h"

#include <openssl/ssl.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 16384,
    READS_MAX = 16 /* consecutive reads, so that others are served */
};

/* ---- TLS ---- */

static int select_protocol(SSL *ssl, const unsigned char **out,
                           unsigned char *out_len, const unsigned char *in,
                           unsigned in_len, void *arg)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1";
    unsigned char *selected;

    (void)ssl;
    (void)arg;
    if (SSL_select_next_proto(&selected, out_len, ours, sizeof(ours) - 1, in,
                              in_len) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

struct ssl_ctx_st *h2_connection_tls(const char *certificate, const char *key)
{
    const char *reason;
    const struct mock_server_options options = {.tls_certificate = certificate,
                                                .tls_key = key};
    SSL_CTX *context = mock_tls_context(&options, &reason);

    if (context != NULL) {
        SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    }
    return context;
}

void h2_connection_tls_free(struct ssl_ctx_st *tls)
{
    mock_tls_context_free(tls);
}

/* Reads a request; an HTTP/1.1 connection serves only one. */
static void read_request1(struct h2_connection *connection)
{
    const char *head = connection->in.data;
    const char *end = strstr(head, "\r\n\r\n");
    const char *length = strcasestr(head, "\r\ncontent-length: ");
    struct h2_stream *stream = connection->streams;
    size_t body_len;

    if (end == NULL) {
        return;
    }
    if (stream == NULL) {
        stream = h2_stream_add(connection, 0);
        stream->is_post = strncmp(head, "POST ", 5) == 0;
    }
    body_len = connection->in.len - (size_t)(end + 4 - head);
    if (length == NULL || length > end ||
        body_len >= strtoul(length + 18, NULL, 10)) {
        h2_stream_set_whole(stream);
    }
}

/* ---- bytes ---- */

static void shake_hands(struct h2_connection *connection)
{
    const unsigned char *protocol = NULL;
    unsigned len = 0;
    enum mock_io io = mock_tls_accept(connection->ssl);

    connection->wants_write = io == MOCK_IO_WANT_WRITE;
    connection->is_over = io == MOCK_IO_END;
    if (io != MOCK_IO_DONE) {
        return;
    }
    connection->read_from_us =
        chutes__clock_now_us() + connection->host->script->read_after_ms * 1000;
    SSL_get0_alpn_selected(connection->ssl, &protocol, &len);
    if (len == 2 && memcmp(protocol, "h2", 2) == 0) {
        connection->phase = H2_PHASE_HTTP2;
        h2_session_start(connection);
    } else {
        connection->phase = H2_PHASE_HTTP1;
        connection->host->count_http1(connection->host->ctx);
    }
}

static void take_bytes(struct h2_connection *connection, const uint8_t *bytes,
                       size_t len)
{
    if (connection->phase == H2_PHASE_HTTP1) {
        h2_must(mock_bytes_append(&connection->in, bytes, len));
        read_request1(connection);
    } else if (nghttp2_session_mem_recv(connection->session, bytes, len) < 0) {
        connection->ending = H2_END_FIN;
    }
}

static bool may_read(const struct h2_connection *connection)
{
    return connection->phase != H2_PHASE_HANDSHAKE &&
           connection->ending == H2_OPEN && !connection->is_deaf &&
           connection->read_from_us <= chutes__clock_now_us();
}

static void read_bytes(struct h2_connection *connection)
{
    uint8_t bytes[READ_SIZE];
    size_t len;

    for (int i = 0; i < READS_MAX && may_read(connection); i++) {
        enum mock_io io =
            mock_tls_read(connection->ssl, bytes, sizeof(bytes), &len);

        if (io != MOCK_IO_DONE) {
            connection->is_over = io == MOCK_IO_END;
            return;
        }
        take_bytes(connection, bytes, len);
    }
}

/* Returns false if the socket is full. */
static bool write_bytes(struct h2_connection *connection)
{
    connection->wants_write = false;
    while (connection->sent < connection->out.len) {
        size_t len = 0;
        enum mock_io io = mock_tls_write(
            connection->ssl, connection->out.data + connection->sent,
            connection->out.len - connection->sent, &len);

        if (io != MOCK_IO_DONE) {
            connection->wants_write = io == MOCK_IO_WANT_WRITE;
            connection->is_over = connection->is_over || io == MOCK_IO_END;
            return false;
        }
        connection->sent += len;
    }
    connection->out.len = 0;
    connection->sent = 0;
    return true;
}

static void run_streams(struct h2_connection *connection)
{
    for (struct h2_stream *stream = connection->streams; stream != NULL;
         stream = stream->next) {
        h2_stream_run(stream);
    }
    h2_session_drain(connection);
}

/* Ends the connection; call it when nothing is left to write. */
static void end_connection(struct h2_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (connection->ending == H2_END_FIN) {
        mock_tls_close_notify(connection->ssl);
    }
    if (connection->ending == H2_END_RST) {
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once,
                         sizeof(at_once));
        connection->is_over = true;
    } else {
        /* Closing the socket with unread input would send RST instead of
         * FIN. */
        (void)shutdown(connection->fd, SHUT_WR);
        connection->is_shut = true;
    }
}

static bool drop_bytes(struct h2_connection *connection)
{
    char bytes[READ_SIZE];
    ssize_t len = recv(connection->fd, bytes, sizeof(bytes), 0);

    return len > 0 || (len < 0 && errno == EAGAIN);
}

static void free_stream(struct h2_stream *stream)
{
    free(stream->headers);
    free(stream);
}

/* ---- the interface to the server ---- */

struct h2_connection *h2_connection_new(struct h2_host *host, int fd)
{
    struct h2_connection *connection = calloc(1, sizeof(*connection));

    h2_must(connection != NULL);
    connection->host = host;
    connection->fd = fd;
    connection->ssl = mock_tls_new(host->tls, fd);
    h2_must(connection->ssl != NULL);
    return connection;
}

void h2_connection_free(struct h2_connection *connection)
{
    while (connection->streams != NULL) {
        struct h2_stream *next = connection->streams->next;

        free_stream(connection->streams);
        connection->streams = next;
    }
    nghttp2_session_del(connection->session);
    mock_tls_free(connection->ssl);
    (void)close(connection->fd);
    mock_bytes_dispose(&connection->in);
    mock_bytes_dispose(&connection->out);
    free(connection);
}

int h2_connection_fd(const struct h2_connection *connection)
{
    return connection->fd;
}

short h2_connection_events(const struct h2_connection *connection)
{
    bool reads = connection->phase == H2_PHASE_HANDSHAKE ||
                 connection->is_shut || may_read(connection);
    bool writes =
        connection->wants_write || connection->sent < connection->out.len;

    return (short)((reads ? POLLIN : POLLRDHUP) | (writes ? POLLOUT : 0));
}

int64_t h2_connection_due_us(const struct h2_connection *connection)
{
    int64_t due_us = INT64_MAX;

    if (connection->ending != H2_OPEN) {
        return due_us;
    }
    if (connection->phase != H2_PHASE_HANDSHAKE && !connection->is_deaf &&
        !may_read(connection)) {
        due_us = connection->read_from_us;
    }
    for (const struct h2_stream *stream = connection->streams; stream != NULL;
         stream = stream->next) {
        if (stream->due_us != 0 && stream->due_us < due_us) {
            due_us = stream->due_us;
        }
    }
    return due_us;
}

bool h2_connection_serve(struct h2_connection *connection, short revents)
{
    bool is_done;

    if (connection->is_shut) {
        return drop_bytes(connection);
    }
    if ((revents & (POLLERR | POLLHUP | POLLRDHUP)) != 0 &&
        !may_read(connection) && connection->phase != H2_PHASE_HANDSHAKE) {
        return false;
    }
    if (connection->phase == H2_PHASE_HANDSHAKE) {
        shake_hands(connection);
    }
    if (connection->phase != H2_PHASE_HANDSHAKE) {
        read_bytes(connection);
    }
    do {
        run_streams(connection);
        is_done = connection->is_over || connection->out.len == 0;
    } while (!is_done && write_bytes(connection));
    if (connection->ending != H2_OPEN &&
        connection->sent == connection->out.len && !connection->is_over) {
        end_connection(connection);
    }
    return !connection->is_over;
}
