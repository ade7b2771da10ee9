/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_PEER_H
#define CHUTES_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A loopback server for tests: src/mock, driven by a script in the language of
 * tests/fixtures/scripts/README.md. The kernel chooses the port of each server.
 * Failures to start fail the test.
 */
struct peer;

enum peer_tls {
    PEER_PLAIN = 0,
    PEER_TLS_GOOD, /* trusted by peer_ca_file(), for 127.0.0.1 and localhost */
    PEER_TLS_SELF_SIGNED,
    PEER_TLS_WRONG_HOST, /* trusted, but for other.example */
    PEER_TLS_EXPIRED,
    PEER_TLS_NOT_YET_VALID,
    PEER_TLS_WRONG_PURPOSE, /* a certificate for clients */
    PEER_TLS_NO_NAMES,      /* a common name, but no subjectAltName */
    PEER_TLS_NO_INTERMEDIATE,
    /* Like PEER_TLS_GOOD, but requires a client certificate of the same
     * authority, such as that of PKI_WRONG_PURPOSE in pki.h. */
    PEER_TLS_MUTUAL
};

/* `script` is the text of a script. */
struct peer *peer_start(const char *script, enum peer_tls tls);
/* Does the same with a file of tests/fixtures/scripts, such as
 * "chat/stream.txt". */
struct peer *peer_start_file(const char *name, enum peer_tls tls);
/* Does the same on a Unix socket at this path, which peer_stop() removes. Its
 * URL is "http://peer/v1/". */
struct peer *peer_start_unix(const char *script, const char *path);
/* Stops the server. Fails the test if an expectation of the script wasn't
 * met. */
void peer_stop(struct peer *peer);

/* Returns "http://127.0.0.1:PORT/v1/", or https with TLS; valid until
 * peer_stop(). */
const char *peer_url(const struct peer *peer);
int peer_port(const struct peer *peer);
int peer_accepts(const struct peer *peer);
int peer_posts(const struct peer *peer);    /* POSTs received whole */
int peer_requests(const struct peer *peer); /* of any method */
long long peer_http_bytes(const struct peer *peer);
/* Head and body of the n-th request (from 1), NUL-terminated and valid until
 * peer_stop(); NULL if there is no such request. */
const char *peer_request_head(const struct peer *peer, int n);
const char *peer_request_body(const struct peer *peer, int n);
/* Waits until no connection is open, to see that the client closed its sockets.
 * Returns false on timeout. */
bool peer_await_closed(const struct peer *peer, int timeout_ms);
/* Waits until `n` whole requests were received; false on timeout. */
bool peer_await_requests(const struct peer *peer, int n, int timeout_ms);
/* Ends `wait NAME` in the script, for current and later waits. */
void peer_release(struct peer *peer, const char *name);

/* The CA of PEER_TLS_GOOD: a file that the first call creates in a directory of
 * the process, which is removed when the process ends. */
const char *peer_ca_file(void);

#endif
