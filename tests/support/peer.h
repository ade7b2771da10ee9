/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_PEER_H
#define CHUTES_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A loopback server for tests: src/mock driven by a script (its language is
 * described in tests/fixtures/scripts/README.md). Every start gets a port from
 * the kernel; failures to start end the test.
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
    PEER_TLS_NO_NAMES,      /* a common name is all it has */
    PEER_TLS_NO_INTERMEDIATE,
    /* As PEER_TLS_GOOD, and clients need a certificate of the same authority:
     * that of PKI_WRONG_PURPOSE, as pki.h calls it. */
    PEER_TLS_MUTUAL
};

/* `script` is the text of a script. */
struct peer *peer_start(const char *script, enum peer_tls tls);
/* The same from a file of tests/fixtures/scripts, such as "chat/stream.txt". */
struct peer *peer_start_file(const char *name, enum peer_tls tls);
/* On a Unix socket at this path, which is removed by peer_stop(); its URL is
 * "http://peer/v1/". */
struct peer *peer_start_unix(const char *script, const char *path);
/* Stops the server. What the script expected and didn't get ends the test. */
void peer_stop(struct peer *peer);

/* "http://127.0.0.1:PORT/v1/" (https with TLS); borrowed. */
const char *peer_url(const struct peer *peer);
int peer_port(const struct peer *peer);
int peer_accepts(const struct peer *peer);
int peer_posts(const struct peer *peer);    /* whole POST requests received */
int peer_requests(const struct peer *peer); /* whole requests of any method */
long long peer_http_bytes(const struct peer *peer);
/* Head and body of the n-th request (from 1), NUL-terminated, borrowed until
 * peer_stop(); NULL when there was none. */
const char *peer_request_head(const struct peer *peer, int n);
const char *peer_request_body(const struct peer *peer, int n);
/* Waits until no connection is open; false on timeout. For "the socket was
 * closed". */
bool peer_await_closed(const struct peer *peer, int timeout_ms);
/* Waits until `n` whole requests were received; false on timeout. */
bool peer_await_requests(const struct peer *peer, int n, int timeout_ms);
/* Lets a script that stands at `wait NAME` go on. */
void peer_release(struct peer *peer, const char *name);

/* The CA of PEER_TLS_GOOD, made at the first call in a directory of the
 * process, removed at its end. */
const char *peer_ca_file(void);

#endif
