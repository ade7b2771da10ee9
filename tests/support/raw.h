/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_RAW_H
#define CHUTES_TESTS_RAW_H

#include <stddef.h>

/* A plain blocking socket, to look at servers without the library. Failures to
 * connect or to send end the test; so does a server that is silent for long. */

int raw_connect(int port); /* on 127.0.0.1 */
void raw_send(int fd, const char *text);

/* Receives until the peer ends. Returns 0 for its FIN, or errno; `into` is
 * NUL-terminated and full at `size` bytes. */
int raw_receive(int fd, char *into, size_t size);

/* Receives until `text` has arrived; what is in `into` counts too. */
void raw_receive_until(int fd, char *into, size_t size, const char *text);

/* Connects, sends, receives until the end, closes. */
int raw_exchange(int port, const char *request, char *into, size_t size);

#endif
