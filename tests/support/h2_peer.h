/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_H2_PEER_H
#define CHUTES_TESTS_H2_PEER_H

#include <stdbool.h>

/*
 * An HTTP/2 server on 127.0.0.1 that misbehaves on demand: TLS with ALPN, the
 * certificate of PKI_GOOD, and a single thread. A client that doesn't offer h2
 * is answered over HTTP/1.1 by the same steps, without those that only HTTP/2
 * has.
 *
 * A script has one directive per line; lines that begin with # are ignored.
 * TEXT is the rest of the line, or strings in double quotes with the escapes of
 * C. Settings of the whole server come first:
 *
 *     max-streams N        SETTINGS_MAX_CONCURRENT_STREAMS
 *     window N             SETTINGS_INITIAL_WINDOW_SIZE
 *     hold-windows         never sends a WINDOW_UPDATE
 *     read-after N         reads nothing for N ms after the TLS handshake
 *
 * The steps that answer a request follow. They begin when the whole request has
 * arrived or, with `at-head`, its headers:
 *
 *     request              the steps below answer the next request, counted
 *                          over all connections; the last section also
 *                          answers all further requests
 *     status N
 *     header NAME: TEXT    after `end-headers`: a trailer
 *     end-headers          sends HEADERS; without `status`, it has no :status
 *     sse-head             these three, for a stream of events
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
 *     sleep N              waits N milliseconds
 *     sync                 waits until the client has processed what was
 *                          sent, by a PING and its answer
 *     deaf                 reads nothing more
 *     await-streams N      waits until the server has seen N requests
 *     await-resets N       waits until clients have reset N streams
 *     hold                 waits for h2_peer_release()
 *     stall                waits for ever
 *     fin, fin-without-close-notify, rst           ends the connection
 *     repeat N … end, repeat forever … end
 *
 * After its last step, a stream is left open unless a step ended it. Steps wait
 * for the client's windows and for its socket. What is sent between two waits
 * goes out in one write, so that the client receives it at once: put `sync` in
 * between to avoid that. A GOAWAY with an error from the client is answered by
 * FIN.
 */
struct h2_peer;

struct h2_counts {
    int accepts;
    int open;    /* open connections */
    int http1;   /* connections that weren't HTTP/2 */
    int streams; /* requests begun, including HTTP/1.1 */
    int posts;   /* POSTs received whole */
    int resets;  /* RST_STREAM received */
    int pings;   /* PINGs received, without answers to ours */
};

/* Failures to start fail the test. */
struct h2_peer *h2_peer_start(const char *script);
void h2_peer_stop(struct h2_peer *peer);
/* Ends `hold` for all steps, current and later. */
void h2_peer_release(struct h2_peer *peer);

/* "https://127.0.0.1:PORT/v1/", whose certificate pki_ca_file() verifies. Valid
 * until h2_peer_stop(). */
const char *h2_peer_url(const struct h2_peer *peer);
struct h2_counts h2_peer_counts(struct h2_peer *peer);
/* These return false on timeout. */
bool h2_peer_await_closed(struct h2_peer *peer, int timeout_ms);
bool h2_peer_await_streams(struct h2_peer *peer, int n, int timeout_ms);
bool h2_peer_await_resets(struct h2_peer *peer, int n, int timeout_ms);

#endif
