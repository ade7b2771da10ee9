/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include "client/context.h"

/* The first step of a start. Checks the loop, copies the caller's parameters
 * over the defaults in `own`, and creates a call with one reference, which the
 * loop holds. What follows struct chutes_call is zeroed. NULL: `error` is
 * filled. */
struct chutes_call *chutes__call_new(const struct chutes__call_type *type,
                                     struct chutes_loop *loop, void *own,
                                     const void *params, chutes_error *error);

/* The last step of a start. Returns `status`. On success, stores a reference in
 * *handle unless `handle` is NULL. On failure, frees the call; the caller has
 * already disposed of its parts. */
chutes_status chutes__call_finish_start(struct chutes_call *call,
                                        chutes_status status,
                                        chutes_call **handle);

/* Removes the call from its loop, before the completion callback is called. */
void chutes__call_leave(struct chutes_call *call);

/* Drops the loop's reference, after the completion callback has returned. */
void chutes__call_drop(struct chutes_call *call);

/* Has this call been cancelled, or have all calls of its loop? Cheap enough to
 * call after each event. */
static inline bool chutes__call_was_cancelled(const struct chutes_call *call)
{
    return atomic_load_explicit(&call->is_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&call->loop->is_cancelled,
                                memory_order_relaxed);
}

/* The same, for the receiver of a request whose `ctx` is the call. */
bool chutes__call_is_cancelled(void *ctx);

#endif
