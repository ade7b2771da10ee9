/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_TLS_H
#define CHUTES_MOCK_TLS_H

#include <stddef.h>

#include "mock/server.h"

/* The server's side of TLS on a descriptor that never blocks. */

struct ssl_st;
struct ssl_ctx_st;

/* The result of an attempt to receive or send. */
enum mock_io {
    MOCK_IO_DONE,
    MOCK_IO_WANT_READ,
    MOCK_IO_WANT_WRITE,
    MOCK_IO_END /* closed or broken */
};

/* Returns NULL on failure, with the cause in *reason. */
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
/* Changes our key and asks the peer to change its own (TLS 1.3 only). */
void mock_tls_key_update(struct ssl_st *ssl);
/* Sends one more session ticket (TLS 1.3 only). */
void mock_tls_ticket(struct ssl_st *ssl);
/* Sends close_notify without waiting for the peer's. */
void mock_tls_close_notify(struct ssl_st *ssl);

#endif
