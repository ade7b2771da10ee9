/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CLIENT_H
#define CHUTES_CLIENT_CLIENT_H

#include <pthread.h>
#include <sys/types.h>

#include "client/config.h"

/* An engine of the client's. Idle ones wait in a stack, so that the one used
 * last, whose connections are warm, is used next. */
struct chutes__lease {
    struct chutes__engine *engine;
    struct chutes__lease *next;
    bool was_cancelled; /* guarded by the mutex while busy */
};

struct chutes_client {
    struct chutes__config config; /* immutable */
    pid_t process;                /* that made it; a fork()ed one must not use
                                     its connections */
    pthread_mutex_t mutex;        /* guards the two lists; never held while a
                                     callback runs */
    struct chutes__lease *idle;
    struct chutes__lease *busy;
    size_t idle_count;
};

/* Takes an idle engine or makes one. NULL: out of memory. */
struct chutes__lease *chutes__client_acquire(struct chutes_client *client);
void chutes__client_release(struct chutes_client *client,
                            struct chutes__lease *lease);

#endif
