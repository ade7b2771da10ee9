/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CLIENT_H
#define CHUTES_CLIENT_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/list.h"
#include "client/config.h"
#include "client/limiter.h"
#include "client/retry.h"

struct chutes_client {
    struct chutes__config config; /* immutable */
    pid_t process;                /* that made it; a fork()ed one must not use
                                     its connections */
    struct chutes__limiter limiter;
    struct chutes__retry_budget budget;
    atomic_bool is_closed; /* freed by its owner, but still in use */
    pthread_mutex_t mutex; /* guards what follows; never held while a callback
                              runs */
    struct chutes__link loops; /* the application's, and those of calls that
                                  block */
    struct chutes__link idle;  /* loops that wait for such a call. The one used
                                  last, whose connections are warm, is first */
    size_t idle_count;
    size_t users; /* the owner, and `loops`; the last one frees it */
};

/* Takes an idle loop or makes one, for a call that blocks; it counts as a user.
 * NULL, with the status and the error filled: there is no client, it is from
 * before a fork(), or out of memory. */
struct chutes_loop *chutes__client_acquire(struct chutes_client *client,
                                           chutes_status *status,
                                           chutes_error *error);

/* No call is active on the loop. The client may be gone after this. */
void chutes__client_release(struct chutes_loop *loop);

/* A loop of the application's comes and goes, likewise. */
void chutes__client_join(struct chutes_loop *loop);
void chutes__client_part(struct chutes_loop *loop);

#endif
