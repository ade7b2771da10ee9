/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_NOWHERE_H
#define CHUTES_TESTS_NOWHERE_H

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

/* A port that was free a moment ago, so that connections to it are refused. */
int nowhere_closed_port(void);

#endif
