/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_NOWHERE_H
#define CHUTES_TESTS_NOWHERE_H

#include <netinet/in.h>

/* Servers that nobody gets through to. */

/*
 * A name server that doesn't answer: whoever looks up a name that ends in
 * ".stall" hangs until it is let go, and is then told that there is no such
 * name. A program that calls one of these replaces getaddrinfo() by that.
 */
void nowhere_hang_lookups(void);
/* Waits until one hangs. */
void nowhere_await_lookup(void);
/* Lets them go, and waits until they are gone. */
void nowhere_release_lookups(void);

/* A port that takes no more connections: its queue is full, so that the system
 * drops what else arrives. */
enum { NOWHERE_FILL = 4 };
struct nowhere_port {
    int listener;
    int fillers[NOWHERE_FILL];
    int port;
};
void nowhere_open_port(struct nowhere_port *port);
void nowhere_close_port(struct nowhere_port *port);

#endif
