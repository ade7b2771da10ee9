/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_SOAK_SERVER_H
#define CHUTES_TESTS_SOAK_SERVER_H

#include <chutes/chutes.h>

/*
 * A server with every kind of good and bad answer, in a process of its own, so
 * that what it holds isn't taken for the client's. Which answer it is the
 * request's model tells.
 */
struct soak_server;

enum soak_kind { SOAK_STREAM, SOAK_ANSWER, SOAK_EMBED };

/* One model. */
struct soak_case {
    const char *model;
    enum soak_kind kind;
    unsigned statuses; /* that a call may end with, as bits */
    int events; /* of content that come at least; of a whole stream: all */
    int max_attempts; /* how many a call may take */
    const char *script;
};

#define SOAK_EVENTS 8 /* in a whole stream */

extern const struct soak_case SOAK_CASES[];
extern const int SOAK_CASE_COUNT;

/* Before the process has threads. Ends the test when it can't. */
struct soak_server *soak_server_start(void);
void soak_server_stop(struct soak_server *server);
const char *soak_server_url(const struct soak_server *server);

/* Whole POST requests for a model. */
long soak_server_posts(const struct soak_server *server, int number);

#endif
