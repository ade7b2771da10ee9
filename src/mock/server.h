/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SERVER_H
#define CHUTES_MOCK_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A small byte-exact HTTP/1.1 server on 127.0.0.1 with one thread per
 * connection. It never decides what to answer: a handler does, with the
 * functions below, down to single bytes, pauses and resets. It is never linked
 * into libchutes.
 */
struct mock_server;
struct mock_connection;

/* One received request. Valid until the handler returns. */
struct mock_request {
    const char *method;
    const char *path; /* without the query */
    const char *head; /* request line and headers, NUL-terminated */
    const char *body; /* NUL-terminated */
    size_t body_len;
    int number;               /* on the whole server, from 1 */
    int connection_number;    /* from 1 */
    int number_on_connection; /* from 1 */
};

/* Answers one request. Return true to wait for another one on the connection,
 * false to close it (with close_notify on TLS). */
typedef bool (*mock_handler)(struct mock_connection *connection,
                             const struct mock_request *request,
                             void *user_data);

struct mock_server_options {
    int port; /* 0: any free one */
    /* Called for each accepted connection before a request is read; false
     * closes it. May be NULL. */
    bool (*on_accept)(struct mock_connection *connection, void *user_data);
    mock_handler handler;
    void *user_data;
    size_t max_body;             /* larger bodies are answered 413; 0: 1 GiB */
    const char *tls_certificate; /* PEM files; NULL: plain HTTP */
    const char *tls_key;
    /* Require client certificates issued by this authority; NULL: none. */
    const char *tls_client_ca;
    /* Listen on a Unix socket created here instead of the port. The file is
     * not removed. NULL: TCP. */
    const char *unix_path;
};

/* Starts a server. Returns NULL on failure, with the cause in *reason. */
struct mock_server *mock_server_start(const struct mock_server_options *options,
                                      const char **reason);
/* Closes every connection and joins every thread. NULL is ignored. */
void mock_server_stop(struct mock_server *server);
int mock_server_port(const struct mock_server *server);

/* Counters. Any thread may read them at any time. */
int mock_server_accepts(const struct mock_server *server);
int mock_server_requests(const struct mock_server *server); /* whole requests */
int mock_server_open(struct mock_server *server); /* connections open now */
/* Bytes received, after decryption. */
long long mock_server_http_bytes(const struct mock_server *server);

/* Waits until no connection is open; false on timeout. */
bool mock_server_await_idle(struct mock_server *server, int timeout_ms);

/* Returns the number of the connection on the server, from 1. */
int mock_connection_number(const struct mock_connection *connection);

/* For handlers. These return false once the peer is gone or the server stops.
 * In on_accept, bytes are sent unencrypted until mock_handshake(). */
bool mock_send(struct mock_connection *connection, const void *bytes,
               size_t len); /* in writes of the split size, if one is set */
bool mock_send_text(struct mock_connection *connection, const char *text);
/* Sends `len` bytes as one HTTP chunk; `len` 0 ends the body. */
bool mock_send_chunk(struct mock_connection *connection, const void *bytes,
                     size_t len);
/* Sends bytes straight into the socket, unencrypted. */
bool mock_send_raw(struct mock_connection *connection, const void *bytes,
                   size_t len);
/* Sleeps. Returns false, early, if the server stops or the peer closes. */
bool mock_pause(struct mock_connection *connection, int ms);
/* Waits for bytes from the peer, or for it to close; false on timeout. */
bool mock_await_bytes(struct mock_connection *connection, int timeout_ms);
/* Waits for the peer to close; false on timeout (0: no timeout). */
bool mock_await_close(struct mock_connection *connection, int timeout_ms);
/* Waits until `fd` is readable. */
bool mock_await_fd(struct mock_connection *connection, int fd);
/* Performs the TLS handshake, which otherwise follows on_accept. Has no effect
 * without TLS or when called again. */
bool mock_handshake(struct mock_connection *connection);
/* Receives the head of a request but not its body. For on_accept. */
bool mock_read_head(struct mock_connection *connection);
/* Receives and discards `bytes` bytes; false on timeout too (0: none). */
bool mock_read(struct mock_connection *connection, size_t bytes,
               int timeout_ms);
/* Sets the most bytes that each later write sends; 0: no limit. */
void mock_set_split(struct mock_connection *connection, size_t bytes);
/* Holds back what is sent, or releases it. Held bytes leave after 200 ms at the
 * latest, in one piece with what follows them, even the connection's end. */
bool mock_hold(struct mock_connection *connection, bool holds);
/* Changes the TLS 1.3 keys of both directions. No effect without TLS 1.3. */
bool mock_key_update(struct mock_connection *connection);
/* Sends another session ticket. Has no effect without TLS 1.3. */
bool mock_ticket(struct mock_connection *connection);
/* Ends sending (with close_notify on TLS) but continues to receive. */
bool mock_half_close(struct mock_connection *connection);
void mock_reset(struct mock_connection *connection);     /* RST */
void mock_fin(struct mock_connection *connection);       /* close_notify, FIN */
void mock_fin_dirty(struct mock_connection *connection); /* FIN alone */

#endif
