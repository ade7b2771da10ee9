/* SPDX-License-Identifier: MIT */
/* Wraps OpenSSL for the server: contexts, handshakes, and reads and writes that
 * report what they have to wait for. */
#include "mock/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static bool demand_certificates(SSL_CTX *context, const char *ca_file)
{
    if (ca_file == NULL) {
        return true;
    }
    SSL_CTX_set_verify(context,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return SSL_CTX_load_verify_locations(context, ca_file, NULL) == 1;
}

struct ssl_ctx_st *mock_tls_context(const struct mock_server_options *options,
                                    const char **reason)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context == NULL) {
        *reason = "no TLS context";
        return NULL;
    }
    if (SSL_CTX_use_certificate_chain_file(context, options->tls_certificate) !=
        1) {
        *reason = "cannot use the certificate file";
    } else if (SSL_CTX_use_PrivateKey_file(context, options->tls_key,
                                           SSL_FILETYPE_PEM) != 1) {
        *reason = "cannot use the key file";
    } else if (!demand_certificates(context, options->tls_client_ca)) {
        *reason = "cannot use the authority of the clients";
    } else {
        /* A repeated write may pass the same bytes at another address. */
        SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return context;
    }
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

void mock_tls_context_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

struct ssl_st *mock_tls_new(struct ssl_ctx_st *context, int fd)
{
    SSL *ssl = SSL_new(context);

    if (ssl != NULL && SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ssl = NULL;
    }
    return ssl;
}

void mock_tls_free(struct ssl_st *ssl)
{
    SSL_free(ssl);
}

static enum mock_io judge(SSL *ssl, int result)
{
    enum mock_io io = MOCK_IO_END;

    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_NONE:
        io = MOCK_IO_DONE;
        break;
    case SSL_ERROR_WANT_READ:
        io = MOCK_IO_WANT_READ;
        break;
    case SSL_ERROR_WANT_WRITE:
        io = MOCK_IO_WANT_WRITE;
        break;
    default:
        break;
    }
    /* SSL_get_error() looks at the thread's error queue: leave nothing in it
     * for the next call. */
    ERR_clear_error();
    return io;
}

enum mock_io mock_tls_accept(struct ssl_st *ssl)
{
    return judge(ssl, SSL_accept(ssl));
}

enum mock_io mock_tls_read(struct ssl_st *ssl, void *bytes, size_t len,
                           size_t *received)
{
    return judge(ssl, SSL_read_ex(ssl, bytes, len, received));
}

enum mock_io mock_tls_write(struct ssl_st *ssl, const void *bytes, size_t len,
                            size_t *sent)
{
    return judge(ssl, SSL_write_ex(ssl, bytes, len, sent));
}

void mock_tls_key_update(struct ssl_st *ssl)
{
    /* This only schedules the message. SSL_do_handshake() sends it. */
    (void)SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
    (void)SSL_do_handshake(ssl);
    ERR_clear_error();
}

void mock_tls_ticket(struct ssl_st *ssl)
{
    (void)SSL_new_session_ticket(ssl);
    (void)SSL_do_handshake(ssl);
    ERR_clear_error();
}

void mock_tls_close_notify(struct ssl_st *ssl)
{
    (void)SSL_shutdown(ssl);
    ERR_clear_error();
}
