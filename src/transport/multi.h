/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_MULTI_H
#define CHUTES_TRANSPORT_MULTI_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

#include <chutes/status.h>

#include "transport/transport.h"
#include "transport/watcher.h"

/*
 * A curl multi handle: tells a watcher which sockets libcurl wants to be
 * watched, and libcurl what the watcher reports. Easy handles are known by the
 * chutes__multi_socket that their CURLOPT_PRIVATE points to.
 */
struct chutes__multi {
    CURLM *handle; /* NULL: closed after a failure */
    struct chutes__watcher *watcher;
    const struct chutes__engine_options *options;
    int64_t due_us;    /* when libcurl wants to be called */
    int attached;      /* easy handles */
    bool has_finished; /* some of them, according to libcurl */
    bool is_capped;    /* to the few connections that HTTP/2 needs */
    /* A socket can't be watched. libcurl 8.22 ignores the failure of its socket
     * callback, so the function that called it returns success. */
    bool was_refused;
};

/* The socket of an easy handle. Over HTTP/1.1 no other handle uses it. */
struct chutes__multi_socket {
    int fd;         /* -1: none is watched */
    int wanted;     /* what libcurl wants it to be watched for */
    void *token;    /* the watcher's */
    bool is_hushed; /* it isn't watched for input, whatever libcurl wants */
    /* From now on, libcurl wants `what` (CURL_POLL_...). */
    void (*on_wanted)(struct chutes__multi_socket *socket, int what);
};

/* Opens the handle. Both pointers must outlive it. Returns false if memory runs
 * out. */
bool chutes__multi_open(struct chutes__multi *multi,
                        struct chutes__watcher *watcher,
                        const struct chutes__engine_options *options)
    __attribute__((warn_unused_result));
/* Closes the handle; chutes__multi_add() opens it again. */
void chutes__multi_close(struct chutes__multi *multi);

chutes_status chutes__multi_add(struct chutes__multi *multi, CURL *easy)
    __attribute__((warn_unused_result));
/* Closes the connection unless the answer has ended. */
void chutes__multi_remove(struct chutes__multi *multi, CURL *easy);

/* Reports to libcurl that a socket is ready or, with CURL_SOCKET_TIMEOUT, that
 * due_us has come. False: the handle can't be used any more. */
bool chutes__multi_act(struct chutes__multi *multi, int fd, int events)
    __attribute__((warn_unused_result));

/* Returns the next easy handle that libcurl has finished with, and its result;
 * NULL: there is none. */
struct chutes__multi_socket *
chutes__multi_next_finished(struct chutes__multi *multi, CURLcode *code);

/* Stops or resumes watching the socket for input. libcurl's own pause isn't
 * enough: 8.5 still wants input, and would read and store all of it. False: the
 * socket can't be watched. */
bool chutes__multi_hush(struct chutes__multi *multi,
                        struct chutes__multi_socket *socket, bool is_hushed)
    __attribute__((warn_unused_result));

/* Is libcurl yet to be called for the socket of the easy handle, which was
 * reported ready? */
bool chutes__multi_is_ready(const struct chutes__multi *multi, CURL *easy,
                            const struct chutes__multi_socket *socket);
/* Looks, without waiting, whether it is ready. If so, reports it, so that the
 * next step calls libcurl for it. */
bool chutes__multi_look(const struct chutes__multi *multi, CURL *easy,
                        const struct chutes__multi_socket *socket);

/* Allows as many connections per host as the options do. Called when a server
 * turns out to speak only HTTP/1.1. */
void chutes__multi_lift_caps(struct chutes__multi *multi);

#endif
