/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_CONNECTION_H
#define CHUTES_TRANSPORT_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "base/list.h"

/*
 * The sockets that libcurl has open for an engine. libcurl keeps connections to
 * itself; it tells of a socket that it wants and of one that it closes, and
 * before each request by which local address that leaves.
 */
struct chutes__connection {
    struct chutes__connection *next_by_fd;
    struct chutes__connection *next_by_port; /* once it is connected */
    struct chutes__link link; /* with others that the same transfer opened, or
                                 that have yet to settle */
    int fd;
    int port; /* the local one; -1: not connected yet */
    char address[INET6_ADDRSTRLEN];
    bool is_http2;
    uint64_t origin;
    struct chutes__visit *user; /* NULL: none, or several over HTTP/2 */
    int kind;                   /* of the last answer */
    int64_t idle_us;            /* since when; 0: no answer has ended yet */
    int64_t promised_us; /* until when the server keeps it; CLOCK_NEVER */
};

/* What was found out about a connection that libcurl would use again. */
enum chutes__verdict {
    CHUTES__VERDICT_GOOD,
    CHUTES__VERDICT_DEAD,    /* it is closed, or isn't ours to use any more */
    CHUTES__VERDICT_DOUBTFUL /* nobody knows, so a fresh one it has to be */
};

/* What one transfer has to do with connections. */
struct chutes__visit {
    struct chutes__link opening; /* connections that aren't connected yet */
    struct chutes__connection *connection; /* its own; NULL: not noted */
    enum chutes__verdict verdict;          /* on the last that libcurl chose */
    int restarts;    /* because of it, with nothing sent */
    uint64_t origin; /* of the URL */
    bool speaks_http2;
    bool is_answered;      /* the head is whole */
    bool is_last;          /* the server will close the connection */
    int kind;              /* of the answer, as trust has it */
    int64_t keep_alive_ms; /* for which to count on the server; 0: it promised
                              nothing */
    int64_t idle_us;       /* how long a reused connection had been idle */
    int idle_kind;         /* behind which kind of answer */
};

enum { CHUTES__CONNECTION_BUCKETS = 256 };

struct chutes__connections {
    struct chutes__connection *by_fd[CHUTES__CONNECTION_BUCKETS];
    struct chutes__connection *by_port[CHUTES__CONNECTION_BUCKETS];
};

/* Opens a socket as libcurl would, but closed on exec, and notes it in
 * `opening`. CURL_SOCKET_BAD on failure; no memory is one. */
curl_socket_t chutes__connection_open(struct chutes__connections *connections,
                                      struct chutes__link *opening,
                                      const struct curl_sockaddr *address);

/* libcurl's close callback; `connections` is its pointer. */
int chutes__connection_close(void *userdata, curl_socket_t fd);

/* The one of `opening` that was bound to this address; NULL: none. */
struct chutes__connection *
chutes__connection_claim(struct chutes__connections *connections,
                         struct chutes__link *opening, const char *address,
                         int port);

/* The one that is connected from this address; NULL: none is known. */
struct chutes__connection *
chutes__connection_find(const struct chutes__connections *connections,
                        const char *address, int port);

enum chutes__socket_look {
    CHUTES__SOCKET_QUIET,    /* open, with nothing to read */
    CHUTES__SOCKET_READABLE, /* an alert, or bytes that nobody asked for */
    CHUTES__SOCKET_CLOSED
};

enum chutes__socket_look chutes__socket_look(int fd);

/* The transfer is over: no connection is its own any more. */
void chutes__visit_end(struct chutes__visit *visit);

/* Those that libcurl hasn't closed are no longer noted. */
void chutes__connections_dispose(struct chutes__connections *connections);

#endif
