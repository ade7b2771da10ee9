/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_SERVER_H
#define CHUTES_TESTS_MANY_SERVER_H

#include <stdatomic.h>
#include <sys/types.h>

/*
 * A server of streamed chat completions: a process of its own with one thread
 * and an epoll set. A stream has as many events as the "max_tokens" of its
 * request. Each event is one write, and all streams receive event n before any
 * receives the next one.
 */

/* The lengths of an event, of what ends a stream, and of the text of an event.
 * They never change. */
enum { MANY_EVENT_BYTES = 299, MANY_TAIL_BYTES = 308, MANY_WORD_BYTES = 9 };

/* Both processes share this memory. Only the server raises the counters, except
 * `seen`. */
struct many_server {
    char url[64]; /* "http://127.0.0.1:PORT/v1/" */
    pid_t pid;

    /* Settings. */
    atomic_int
        gather; /* how many streams must be open before the first event */
    /* The time between two events of a stream. 0: the next event is sent when
     * the client has read all events before it, so that it reads each by
     * itself. */
    atomic_int tick_us;

    atomic_long sent; /* events */
    atomic_long seen; /* events that the client has read */
    atomic_int open;  /* streams */
    atomic_int open_max;
    atomic_int connections; /* open ones */
    atomic_int accepted;
    atomic_int requests;
    atomic_int faults; /* requests not understood, writes that didn't fit */
};

/* Ends the program on failure. */
struct many_server *many_server_start(void);
void many_server_stop(struct many_server *server);

/* Waits until no stream is open, and resets the counters. */
void many_server_prepare(struct many_server *server, int gather, int tick_us);

/* Waits until the last connection was closed. */
void many_server_await_closed(struct many_server *server);

#endif
