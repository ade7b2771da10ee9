/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_SERVER_H
#define CHUTES_TESTS_MANY_SERVER_H

#include <stdatomic.h>
#include <sys/types.h>

/*
 * A server of streamed chat completions in a process of its own, one thread on
 * epoll: as many events as a request's "max_tokens", one write for each, all
 * streams their n-th event before any its next one.
 */

/* The body of an event and of what ends a stream; always as long. */
enum { MANY_EVENT_BYTES = 299, MANY_TAIL_BYTES = 308, MANY_WORD_BYTES = 9 };

/* In memory that both processes see. Counters are the server's to raise, but
 * for `seen`. */
struct many_server {
    char url[64]; /* "http://127.0.0.1:PORT/v1/" */
    pid_t pid;

    /* Settings. */
    atomic_int gather;  /* streams that are open before the first event */
    atomic_int tick_us; /* between two events of a stream; 0: the next one goes
                           out when the client has seen all of the last ones,
                           so that it reads each by itself */

    atomic_long sent; /* events */
    atomic_long seen; /* by the client */
    atomic_int open;  /* streams */
    atomic_int open_max;
    atomic_int connections; /* open ones */
    atomic_int accepted;
    atomic_int requests;
    atomic_int faults; /* requests not understood, writes that didn't fit */
};

/* Ends the program when it can't. */
struct many_server *many_server_start(void);
void many_server_stop(struct many_server *server);

/* Waits until no stream is open, and begins to count afresh. */
void many_server_prepare(struct many_server *server, int gather, int tick_us);

/* Waits until the last connection was closed. */
void many_server_await_closed(struct many_server *server);

#endif
