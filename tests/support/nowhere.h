/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_NOWHERE_H
#define CHUTES_TESTS_NOWHERE_H

/* A port that accepts no more connections: its queue is full, so the system
 * drops further SYNs and a connect hangs. */
enum { NOWHERE_FILL = 4 };
struct nowhere_port {
    int listener;
    int fillers[NOWHERE_FILL];
    int port;
};
void nowhere_open_port(struct nowhere_port *port);
void nowhere_close_port(struct nowhere_port *port);

/* Returns a port that was free a moment ago: connections to it are refused. */
int nowhere_closed_port(void);

#endif
