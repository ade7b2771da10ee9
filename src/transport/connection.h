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
 * A socket that libcurl has open for an engine. libcurl doesn't expose its
 * connections. But it calls us to open and to close each socket, and before
 * each request with the local address that the request will be sent from. These
 * three calls suffice to find the connection of a transfer.
 */
struct chutes__connection {
    struct chutes__connection *next_by_fd;
    struct chutes__connection *next_by_port; /* set once it is claimed */
    /* In `opening` of a visit, or in the list of connections that settle. */
    struct chutes__link link;
    int fd;
    uint64_t number; /* no other socket of the engine has or had it */
    int port;        /* the local one; -1: not claimed */
    char address[INET6_ADDRSTRLEN];
    bool is_http2;
    uint64_t origin;
    struct chutes__visit *user; /* NULL: none, or several over HTTP/2 */
    int kind;                   /* the kind of the last answer, see trust.h */
    int64_t idle_us;            /* when that answer ended; 0: none has */
    /* Until when the server promised to keep it open; CHUTES__CLOCK_NEVER: it
     * promised nothing. */
    int64_t promised_us;
};

/* What a look at a connection that libcurl is about to reuse has found. */
enum chutes__verdict {
    CHUTES__VERDICT_GOOD,
    CHUTES__VERDICT_DEAD,    /* it is closed, or has unexpected input */
    CHUTES__VERDICT_DOUBTFUL /* it may be closed, so a new one must be used */
};

/* The part of a transfer that concerns connections. */
struct chutes__visit {
    struct chutes__link opening; /* sockets opened for it, and not claimed */
    struct chutes__connection *connection; /* NULL: unknown, or none yet */
    /* The number of the connection that libcurl chose last; 0: none. Unlike the
     * pointer, it is known to all transfers that share the connection over
     * HTTP/2. */
    uint64_t connection_number;
    enum chutes__verdict verdict; /* on that connection */
    int restarts;                 /* after a bad verdict, with nothing sent */
    uint64_t origin;
    bool speaks_http2;
    bool is_answered;      /* the head is whole */
    bool is_last;          /* the server will close the connection */
    int kind;              /* the answer's, see trust.h */
    int64_t keep_alive_ms; /* promised by the server, less a margin; 0: none */
    int64_t idle_us;       /* how long the reused connection was idle */
    int idle_kind;         /* the kind of the answer before that */
};

enum { CHUTES__CONNECTION_BUCKETS = 256 };

struct chutes__connections {
    struct chutes__connection *by_fd[CHUTES__CONNECTION_BUCKETS];
    struct chutes__connection *by_port[CHUTES__CONNECTION_BUCKETS];
    uint64_t last_number;
};

/* Opens a socket like libcurl, but with close-on-exec, and adds it to
 * `opening`. CURL_SOCKET_BAD on failure, with errno set. */
curl_socket_t chutes__connection_open(struct chutes__connections *connections,
                                      struct chutes__link *opening,
                                      const struct curl_sockaddr *address);

/* CURLOPT_CLOSESOCKETFUNCTION; the user data is the table of connections. */
int chutes__connection_close(void *userdata, curl_socket_t fd);

/* Returns the connection in `opening` that is bound to this local address, and
 * removes it from there; NULL: none is. */
struct chutes__connection *
chutes__connection_claim(struct chutes__connections *connections,
                         struct chutes__link *opening, const char *address,
                         int port);

/* Returns the connection that was claimed with this local address; NULL:
 * none. */
struct chutes__connection *
chutes__connection_find(const struct chutes__connections *connections,
                        const char *address, int port);

enum chutes__socket_look {
    CHUTES__SOCKET_QUIET,    /* open and without input */
    CHUTES__SOCKET_READABLE, /* with input that no request asked for */
    CHUTES__SOCKET_CLOSED
};

enum chutes__socket_look chutes__socket_look(int fd);

/* Separates the visit from all connections. */
void chutes__visit_end(struct chutes__visit *visit);

/* Frees the table; libcurl closes sockets that are still open. */
void chutes__connections_dispose(struct chutes__connections *connections);

#endif
