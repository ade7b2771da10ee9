/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_CONNECTION_H
#define CHUTES_TESTS_H2_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "h2_script.h"

/* One connection of h2_peer.h, all on the peer's thread. */
struct h2_connection;
struct ssl_ctx_st;

/* What connections tell the server, and ask it. */
struct h2_host {
    const struct h2_script *script;
    struct ssl_ctx_st *tls;
    /* Returns the number of the request, from 1. */
    int (*count_stream)(void *ctx);
    void (*count_http1)(void *ctx);
    void (*count_post)(void *ctx);
    void (*count_reset)(void *ctx);
    void (*count_ping)(void *ctx);
    int streams; /* that were counted */
    int resets;
    bool is_released; /* for steps that stand at `hold` */
    void *ctx;
};

/* Offers h2 before http/1.1. NULL on failure. */
struct ssl_ctx_st *h2_connection_tls(const char *certificate, const char *key);
void h2_connection_tls_free(struct ssl_ctx_st *tls);

/* Owns fd, which doesn't block. */
struct h2_connection *h2_connection_new(struct h2_host *host, int fd);
void h2_connection_free(struct h2_connection *connection);
int h2_connection_fd(const struct h2_connection *connection);
/* What to poll() for. */
short h2_connection_events(const struct h2_connection *connection);
/* When there is something to do with nothing ready; INT64_MAX: never. */
int64_t h2_connection_due_us(const struct h2_connection *connection);
/* Does what can be done. False: it is over, free it. */
bool h2_connection_serve(struct h2_connection *connection, short revents);

#endif
