/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CROWD_H
#define CHUTES_TESTS_CROWD_H

#include <chutes/chutes.h>

/* Streams `count` chats on a loop of the client, `at_once` of them at a time:
 * each completion starts the next. Unless each succeeds on its first attempt,
 * fails the test with a message that names `what`. */
void crowd_run(chutes_client *client, const char *what, int count, int at_once);

#endif
