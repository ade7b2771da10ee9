/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_CONNECTION_H
#define CHUTES_TESTS_H2_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "h2_script.h"

/* One connection of an HTTP/2 peer (h2_peer.h). Only the peer's thread uses
 * it. */
struct h2_connection;
struct ssl_ctx_st;

/* The server, as its connections see it: callbacks that count, and shared
 * state. */
struct h2_host {
    const struct h2_script *script;
    struct ssl_ctx_st *tls;
    /* Returns the number of the request, from 1. */
    int (*count_stream)(void *ctx);
    void (*count_http1)(void *ctx);
    void (*count_post)(void *ctx);
    void (*count_reset)(void *ctx);
    void (*count_ping)(void *ctx);
    int streams; /* requests counted so far, on all connections */
    int resets;
    bool is_released; /* h2_peer_release() was called: `hold` ends */
    void *ctx;
};

/* A TLS context that prefers h2 to http/1.1. NULL on failure. */
struct ssl_ctx_st *h2_connection_tls(const char *certificate, const char *key);
void h2_connection_tls_free(struct ssl_ctx_st *tls);

/* Takes ownership of fd, which must be non-blocking. */
struct h2_connection *h2_connection_new(struct h2_host *host, int fd);
void h2_connection_free(struct h2_connection *connection);
int h2_connection_fd(const struct h2_connection *connection);
/* The events to poll() for. */
short h2_connection_events(const struct h2_connection *connection);
/* When h2_connection_serve() must be called even if no event occurs; INT64_MAX:
 * never. */
int64_t h2_connection_due_us(const struct h2_connection *connection);
/* Does everything that is possible without blocking. Returns false if the
 * connection is over: free it. */
bool h2_connection_serve(struct h2_connection *connection, short revents);

#endif
