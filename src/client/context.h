/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CONTEXT_H
#define CHUTES_CLIENT_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <chutes/loop.h>

#include "base/list.h"
#include "codec/chunk.h"
#include "request/queue.h"
#include "transport/trust.h"

/* What a client, its loops and their calls are made of. The functions of each
 * are in a module of its own. */

struct chutes_client {
    struct chutes__config config; /* immutable */
    pid_t process;                /* that made it; a fork()ed one must not use
                                     its connections */
    struct chutes__limiter limiter;
    struct chutes__retry_budget budget;
    struct chutes__trust trust; /* in servers, of the engines of all loops */
    atomic_bool is_closed;      /* freed by its owner, but still in use */
    pthread_mutex_t mutex; /* guards what follows; never held while a callback
                              runs */
    struct chutes__link loops; /* the application's, and those of calls that
                                  block */
    struct chutes__link idle;  /* loops that wait for such a call. The one used
                                  last, whose connections are warm, is first */
    size_t idle_count;
    size_t users; /* the owner, and `loops`; the last one frees it */
};

/*
 * One engine and the calls on it. The client keeps idle ones for blocking calls
 * and iterators, which drive them to the end; the application makes its own.
 */
struct chutes_loop {
    struct chutes__link link; /* in the client's list; guarded by its mutex */
    struct chutes_client *client;
    pid_t process; /* as the client's, which may be gone first */
    struct chutes__engine *engine;
    struct chutes__request_queue requests;
    struct chutes__link calls; /* not done */
    /* Scratch memory of the calls that stream: there may be thousands. */
    struct chutes__chunk chunk;
    size_t active;
    bool told_waiting;        /* that some wait for a connection */
    atomic_bool is_cancelled; /* all calls, by whatever thread */
    bool is_stepping;
    bool is_freed; /* to be freed when the step is over */
    bool is_used;  /* polled, or asked for its descriptor */
    bool has_hooks;
    bool *is_over; /* where to tell a loop that runs that this was freed; NULL:
                      none runs */
    void (*detach)(void *user_data); /* of the hooks */
    void *hook_data;
};

/* What the kinds of calls do in their own way; on the loop's thread. */
struct chutes__call_type {
    /* Ends what is under way; the completion comes from the loop. */
    void (*cancel)(struct chutes_call *call);
    void (*pause)(struct chutes_call *call); /* NULL: it can't */
    void (*resume)(struct chutes_call *call);
};

/* The beginning of every call, in one allocation with it: lives until the loop
 * and the owner of the handle have both let go. */
struct chutes_call {
    struct chutes__link link; /* in loop->calls until it is done */
    struct chutes_loop *loop; /* valid until it is done */
    const struct chutes__call_type *type;
    struct chutes__waker *waker; /* of the loop, which may be gone */
    atomic_uint references;
    atomic_bool is_cancelled; /* asked for, by whatever thread */
    atomic_bool is_done;
};

#endif
