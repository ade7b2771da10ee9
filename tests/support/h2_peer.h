/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_PEER_H
#define CHUTES_TESTS_H2_PEER_H

#include <stdbool.h>

/*
 * An HTTP/2 server on 127.0.0.1 that misbehaves on order: TLS with ALPN and the
 * certificate of PKI_GOOD, one thread. A client that doesn't offer h2 is
 * answered over HTTP/1.1, by the same steps, with what is of HTTP/2 left out.
 *
 * A script has one directive per line; lines that begin with # are skipped.
 * TEXT is the rest of the line, or strings in double quotes with the escapes of
 * C. First, for the whole server:
 *
 *     max-streams N        SETTINGS_MAX_CONCURRENT_STREAMS
 *     window N             SETTINGS_INITIAL_WINDOW_SIZE
 *     hold-windows         no WINDOW_UPDATE is ever sent
 *     read-after N         reads nothing for N ms behind the TLS handshake
 *
 * Then the steps that answer a request, from when all of it is there, or
 * (`at-head`) its headers:
 *
 *     request              what follows is for the next request, counted over
 *                          all connections; the last is for all that follow
 *     status N
 *     header NAME: TEXT    behind `end-headers`: of the trailers
 *     end-headers          sends HEADERS; with no `status` it has none
 *     sse-head             those three, for a stream of events
 *     send TEXT            one DATA frame (or more, if the window is small)
 *     body N               the same with N times x
 *     sse TEXT             the same with `data: TEXT` and two line feeds
 *     end-stream           sends END_STREAM, with the trailers if there are any
 *     answer N TYPE TEXT   a whole answer with its content-length
 *     reset CODE           RST_STREAM
 *     goaway LAST CODE     GOAWAY
 *     settings             SETTINGS, empty
 *     frame TYPE FLAGS STREAM [HEX]    any frame; STREAM is `this` or 0
 *     raw-hex HEX          bytes
 *     sleep N              milliseconds
 *     sync                 until the client has taken what was sent: PING and
 *                          its answer
 *     deaf                 reads nothing more
 *     await-streams N      until so many requests came to the server
 *     await-resets N       the same of streams that clients reset
 *     hold                 until h2_peer_release()
 *     stall                for ever
 *     fin, fin-without-close-notify, rst           ends the connection
 *     repeat N … end, repeat forever … end
 *
 * Behind its steps a stream is left as it is. Steps wait for the client's
 * windows and for its socket; what those between two waits send goes out in one
 * write, so that the client meets it at once: `sync` keeps it apart. A client's
 * GOAWAY with an error is answered by FIN.
 */
struct h2_peer;

struct h2_counts {
    int accepts;
    int open;    /* connections */
    int http1;   /* connections that weren't HTTP/2 */
    int streams; /* requests begun, of HTTP/1.1 too */
    int posts;   /* POSTs received whole */
    int resets;  /* RST_STREAM received */
    int pings;   /* PING received, other than answers to ours */
};

/* Failures to start end the test. */
struct h2_peer *h2_peer_start(const char *script);
void h2_peer_stop(struct h2_peer *peer);
/* Lets steps that stand at `hold`, or come to it, go on. */
void h2_peer_release(struct h2_peer *peer);

/* "https://127.0.0.1:PORT/v1/", trusted by pki_ca_file(); borrowed. */
const char *h2_peer_url(const struct h2_peer *peer);
struct h2_counts h2_peer_counts(struct h2_peer *peer);
/* Each false on timeout. */
bool h2_peer_await_closed(struct h2_peer *peer, int timeout_ms);
bool h2_peer_await_streams(struct h2_peer *peer, int n, int timeout_ms);
bool h2_peer_await_resets(struct h2_peer *peer, int n, int timeout_ms);

#endif
