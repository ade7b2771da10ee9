/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_SOAK_SERVER_H
#define CHUTES_TESTS_SOAK_SERVER_H

#include <chutes/chutes.h>

/*
 * A server with every kind of good and bad answer. It runs in its own process,
 * so that its memory and descriptors aren't counted as the client's. The model
 * of a request chooses the answer.
 */
struct soak_server;

enum soak_kind { SOAK_STREAM, SOAK_ANSWER, SOAK_EMBED };

/* One model, and what calls for it may result in. */
struct soak_case {
    const char *model;
    enum soak_kind kind;
    unsigned statuses; /* allowed results of a call: 1 << chutes_status */
    int events;        /* the least number of content events */
    int max_attempts;  /* of one call */
    const char *script;
};

#define SOAK_EVENTS 8 /* in a whole stream */

extern const struct soak_case SOAK_CASES[];
extern const int SOAK_CASE_COUNT;

/* Forks: call it before the process has threads. Failures fail the test. */
struct soak_server *soak_server_start(void);
void soak_server_stop(struct soak_server *server);
const char *soak_server_url(const struct soak_server *server);

/* POSTs received whole for the model with this index. */
long soak_server_posts(const struct soak_server *server, int number);

#endif
