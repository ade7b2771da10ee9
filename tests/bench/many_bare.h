/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_MANY_BARE_H
#define CHUTES_TESTS_MANY_BARE_H

#include "bench/many_run.h"

/*
 * The yardstick: the least that a program on libcurl can do to open the streams
 * and discard their bytes. It has one epoll set and one timer, calls
 * curl_multi_socket_action(), and reuses easy handles.
 */
struct many_bare;

/* Each function ends the program on failure. */
struct many_bare *many_bare_new(int at_once);
void many_bare_free(struct many_bare *bare);

struct many_result many_bare_run(struct many_bare *bare,
                                 const struct many_run *run);

#endif
