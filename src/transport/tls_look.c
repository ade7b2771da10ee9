/* SPDX-License-Identifier: MIT */
/*
 * Looks into a TLS connection of libcurl's, without libcurl: the records that
 * have arrived are passed to OpenSSL through memory.
 */
#include "transport/tls_look.h"

#include "transport/connection.h"
#include "transport/runtime.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* libcurl sets SO_NOSIGPIPE there */
#endif

/* More than the session tickets of a server need, and little enough that a
 * hostile server can't make us decrypt much. */
enum { MAX_LOOK_BYTES = 16384 };

static SSL *ssl_of(CURL *easy)
{
    struct curl_tlssessioninfo *session = NULL;

    if (!chutes__runtime_get()->has_openssl ||
        curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
        session == NULL || session->backend != CURLSSLBACKEND_OPENSSL) {
        return NULL;
    }
    return session->internals;
}

/* Did OpenSSL process its input without finding anything for the application?
 * The error queue belongs to the thread, so it is cleared before and after. */
static bool finds_nothing(SSL *ssl)
{
    char byte;
    int result;
    int error;

    ERR_clear_error();
    result = SSL_peek(ssl, &byte, 1);
    error = SSL_get_error(ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ && SSL_has_pending(ssl) == 0;
}

/* A KeyUpdate that asks for a reply makes OpenSSL write one. */
static bool send_reply(BIO *out, int fd)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(out, &bytes);

    return len <= 0 ||
           sendto(fd, bytes, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT, NULL,
                  0) == (ssize_t)len;
}

/* libcurl's BIOs work only during its own calls to OpenSSL, so they are
 * replaced during ours. The references keep SSL_set0_*() from freeing them. */
static bool feed(SSL *ssl, BIO *in, BIO *out)
{
    BIO *own_in = SSL_get_rbio(ssl);
    BIO *own_out = SSL_get_wbio(ssl);
    bool is_fine;

    if (own_in == NULL || own_out == NULL || BIO_up_ref(own_in) != 1) {
        return false;
    }
    if (BIO_up_ref(own_out) != 1) {
        BIO_free(own_in);
        return false;
    }
    (void)BIO_up_ref(in);
    (void)BIO_up_ref(out);
    SSL_set0_rbio(ssl, in);
    SSL_set0_wbio(ssl, out);
    is_fine = finds_nothing(ssl);
    SSL_set0_rbio(ssl, own_in);
    SSL_set0_wbio(ssl, own_out);
    return is_fine && BIO_ctrl_pending(in) == 0;
}

static bool process(SSL *ssl, int fd, const char *bytes, size_t len)
{
    BIO *in = BIO_new_mem_buf(bytes, (int)len);
    BIO *out = BIO_new(BIO_s_mem());
    bool is_fine = false;

    if (in != NULL && out != NULL) {
        /* The end of the memory isn't the end of the connection. */
        (void)BIO_set_mem_eof_return(in, -1);
        is_fine = feed(ssl, in, out) && send_reply(out, fd);
    }
    BIO_free(in);
    BIO_free(out);
    return is_fine;
}

static bool is_quiet(int fd)
{
    return chutes__socket_look(fd) == CHUTES__SOCKET_QUIET;
}

bool chutes__tls_look(CURL *easy, int fd)
{
    SSL *ssl = ssl_of(easy);
    char bytes[MAX_LOOK_BYTES];
    ssize_t len;

    if (ssl == NULL) {
        return is_quiet(fd);
    }
    if (is_quiet(fd)) {
        /* libcurl 8.22 reads ahead, so OpenSSL may hold records already. */
        return SSL_has_pending(ssl) == 0 || process(ssl, fd, "", 0);
    }
    len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    return len > 0 && process(ssl, fd, bytes, (size_t)len) && is_quiet(fd);
}
