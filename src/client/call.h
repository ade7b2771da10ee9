/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include "client/context.h"

/* An exported start: checks its arguments, and starts a call that reports its
 * end to `on_done`. `handle` and `error` may be NULL. */
chutes_status chutes__call_start(const struct chutes__call_type *type,
                                 struct chutes_loop *loop, const void *params,
                                 chutes__done_fn on_done, void *user_data,
                                 chutes_call **handle, chutes_error *error);

/* Starts a call for the library itself. `loop` isn't NULL, `error` is clear,
 * and *handle, unless `handle` is NULL, is set only on success. */
chutes_status chutes__call_begin(const struct chutes__call_type *type,
                                 struct chutes_loop *loop, const void *params,
                                 const struct chutes__caller *caller,
                                 chutes_call **handle, chutes_error *error);

/* Adds the use of one of several answers to the totals, before the end of the
 * call. A call that adds any must add them all. */
void chutes__call_add_use(struct chutes_call *call,
                          const struct chutes__use *use);

/* Ends a call: disposes of it, reports its end to its caller, and drops it. */
void chutes__call_end(struct chutes_call *call, chutes_status status,
                      void *response, const chutes_error *error);

/* The first step of chutes__call_end(), for a call that must not be disposed of
 * yet. Removes the call from its loop, and reports its end. */
void chutes__call_report(struct chutes_call *call, chutes_status status,
                         void *response, const chutes_error *error);

/* Drops a reference. Call this after chutes__call_report() for the loop's. */
void chutes__call_drop(struct chutes_call *call);

/* Returns true if this call or all calls of its loop have been cancelled. Cheap
 * enough to call after each event. */
static inline bool chutes__call_was_cancelled(const struct chutes_call *call)
{
    return atomic_load_explicit(&call->is_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&call->loop->is_cancelled,
                                memory_order_relaxed);
}

/* Does the same for the receiver of a request whose `ctx` is the call. */
bool chutes__call_is_cancelled(void *ctx);

#endif
