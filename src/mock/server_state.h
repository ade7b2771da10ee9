/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_SERVER_STATE_H
#define CHUTES_MOCK_SERVER_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "mock/open_count.h"
#include "mock/server.h"

struct ssl_ctx_st;

/* A server. The accepting thread, the connections' threads and the owner share
 * it. */
struct mock_server {
    struct mock_server_options options;
    struct ssl_ctx_st *tls; /* NULL: plain HTTP */
    int listen_fd;
    int stop_fd; /* an eventfd that stays readable once the server stops */
    int port;
    atomic_bool stopping;
    pthread_t thread;                    /* accepts connections */
    struct mock_connection *connections; /* used by that thread only */
    struct mock_open_count open;
    atomic_int accepts;
    atomic_int requests;
    atomic_llong http_bytes;
};

#endif
