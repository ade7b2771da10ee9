/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SERVER_H
#define CHUTES_MOCK_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A small byte-exact HTTP/1.1 server on 127.0.0.1, one thread per connection.
 * It never decides what to answer: a handler does, with the functions below,
 * down to single bytes, pauses and resets. Never linked into libchutes.
 */
struct mock_server;
struct mock_connection;

/* One request as received. Borrowed until the handler returns. */
struct mock_request {
    const char *method;
    const char *path; /* without the query */
    const char *head; /* request line and headers, NUL-terminated */
    const char *body; /* NUL-terminated */
    size_t body_len;
    int number;               /* of the request on the server, from 1 */
    int connection_number;    /* from 1 */
    int number_on_connection; /* from 1 */
};

/* Answers one request. True: keep the connection for the next one; false: close
 * it (with close_notify on TLS) unless the handler did. */
typedef bool (*mock_handler)(struct mock_connection *connection,
                             const struct mock_request *request,
                             void *user_data);

struct mock_server_options {
    int port; /* 0: the kernel picks */
    /* Given the accepted connection before a request is read: false closes it
     * (the handler of scripts needs this). May be NULL. */
    bool (*on_accept)(struct mock_connection *connection, void *user_data);
    mock_handler handler;
    void *user_data;
    size_t max_body;             /* a larger body is answered 413; 0: 1 GiB */
    const char *tls_certificate; /* PEM files; NULL: plain HTTP */
    const char *tls_key;
    const char *tls_client_ca; /* clients need a certificate of this authority;
                                  NULL: they need none */
    const char *unix_path; /* instead of the port: a socket is made there, and
                              left there. NULL: TCP */
};

/* NULL on failure; *reason then says why. */
struct mock_server *mock_server_start(const struct mock_server_options *options,
                                      const char **reason);
/* Closes every connection and joins every thread. NULL does nothing. */
void mock_server_stop(struct mock_server *server);
int mock_server_port(const struct mock_server *server);

/* Counters, at any time from any thread. */
int mock_server_accepts(const struct mock_server *server);
int mock_server_requests(const struct mock_server *server); /* whole requests */
int mock_server_open(struct mock_server *server); /* connections now */
/* Received, after TLS. */
long long mock_server_http_bytes(const struct mock_server *server);

/* Waits until no connection is open; false on timeout. */
bool mock_server_await_idle(struct mock_server *server, int timeout_ms);

/* From 1. */
int mock_connection_number(const struct mock_connection *connection);

/* For handlers. False: the peer is gone or the server stops. In on_accept bytes
 * are sent as they are, below TLS, until mock_handshake(). */
bool mock_send(struct mock_connection *connection, const void *bytes,
               size_t len); /* in writes of the split size, if one is set */
bool mock_send_text(struct mock_connection *connection, const char *text);
/* `len` bytes as one HTTP chunk; len 0 ends the body. */
bool mock_send_chunk(struct mock_connection *connection, const void *bytes,
                     size_t len);
/* Past TLS, straight into the socket. */
bool mock_send_raw(struct mock_connection *connection, const void *bytes,
                   size_t len);
/* Sleeps; returns early (false) when the server stops or the peer closes. */
bool mock_pause(struct mock_connection *connection, int ms);
/* Waits for bytes from the peer, or its end; false on timeout. */
bool mock_await_bytes(struct mock_connection *connection, int timeout_ms);
/* Waits for the peer to close; false on timeout (0: none). */
bool mock_await_close(struct mock_connection *connection, int timeout_ms);
/* Waits until `fd` is readable. */
bool mock_await_fd(struct mock_connection *connection, int fd);
/* Does the TLS handshake, which is otherwise done behind on_accept; nothing
 * without TLS, or the second time. */
bool mock_handshake(struct mock_connection *connection);
/* Receives the head of a request and leaves its body alone. For on_accept. */
bool mock_read_head(struct mock_connection *connection);
/* Receives so many bytes and drops them. False also on timeout (0: none). */
bool mock_read(struct mock_connection *connection, size_t bytes,
               int timeout_ms);
void mock_set_split(struct mock_connection *connection, size_t bytes);
/* Whether what is sent stays here, for 200 ms at most: then it leaves at once
 * with what was sent behind it, the end of the connection too. */
bool mock_hold(struct mock_connection *connection, bool holds);
/* Has the next bytes sent, and the next received, encrypted with a new key;
 * nothing without TLS 1.3. */
bool mock_key_update(struct mock_connection *connection);
/* Sends another session ticket; nothing without TLS 1.3. */
bool mock_ticket(struct mock_connection *connection);
/* Ends what is sent (with close_notify on TLS), and goes on receiving. */
bool mock_half_close(struct mock_connection *connection);
void mock_reset(struct mock_connection *connection);     /* RST */
void mock_fin(struct mock_connection *connection);       /* close_notify, FIN */
void mock_fin_dirty(struct mock_connection *connection); /* FIN alone */

#endif
