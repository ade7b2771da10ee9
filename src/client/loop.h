/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_LOOP_H
#define CHUTES_CLIENT_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>

#include <chutes/loop.h>

#include "base/list.h"
#include "client/client.h"
#include "codec/chunk.h"

/*
 * One engine and the calls on it. The client keeps idle ones for blocking calls
 * and iterators, which drive them to the end; the application makes its own.
 */
struct chutes_loop {
    struct chutes__link link; /* in the client's list; guarded by its mutex */
    struct chutes_client *client;
    pid_t process; /* as the client's, which may be gone first */
    struct chutes__engine *engine;
    struct chutes__link calls;   /* not done */
    struct chutes__link waiting; /* exchanges in the limiter's queue, in its
                                    order */
    /* Scratch of the calls that stream, of which there may be thousands. The
     * error is clear whenever no failure is being told. */
    struct chutes__chunk chunk;
    chutes_error error;
    size_t active;
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

/* A loop that is in no list and holds no reference to the client. NULL: out of
 * memory. No call may be active when it is freed, but in the child of a fork,
 * which leaves connections and calls alone. */
struct chutes_loop *chutes__loop_make(struct chutes_client *client);
void chutes__loop_destroy(struct chutes_loop *loop);

/* Waits for at most timeout_ms, does what there is to do, and what was asked
 * for from other threads. */
chutes_status chutes__loop_step(struct chutes_loop *loop, int timeout_ms);

/* Steps until a call that was started with this status is done. */
void chutes__loop_drive(struct chutes_loop *loop, chutes_status started,
                        const bool *is_done);

/* May calls begin on it? CHUTES_OK, or CHUTES_ERR_MISUSE: it or its client was
 * freed, or this is the child of a fork. */
chutes_status chutes__loop_check(struct chutes_loop *loop, chutes_error *error);

/* Any thread: cancels every call that is active when the loop notices. */
void chutes__loop_cancel_all(struct chutes_loop *loop);

#endif
