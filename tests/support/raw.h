/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_RAW_H
#define CHUTES_TESTS_RAW_H

#include <stddef.h>

/* A plain blocking socket, for tests of servers without the library. Failures
 * to connect or send fail the test, and so does a long silence of the
 * server. */

int raw_connect(int port); /* on 127.0.0.1 */
void raw_send(int fd, const char *text);

/* Receives until the peer ends the connection. Returns 0 for a FIN, or errno.
 * `into` is NUL-terminated; once it is full, this returns 0 as for a FIN. */
int raw_receive(int fd, char *into, size_t size);

/* Receives until `into` contains `text`; bytes that are in it already count. */
void raw_receive_until(int fd, char *into, size_t size, const char *text);

/* Connects, sends, receives until the end and closes. Returns what
 * raw_receive() returned. */
int raw_exchange(int port, const char *request, char *into, size_t size);

#endif
