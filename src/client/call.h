/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include "client/context.h"

/* Creates a call with one reference, held by the loop, to whose calls it is
 * added. `size` is that of the struct that begins with struct chutes_call; the
 * rest of it is zeroed. NULL: out of memory. */
struct chutes_call *chutes__call_new(size_t size,
                                     const struct chutes__call_type *type,
                                     struct chutes_loop *loop);

/* The last step of a start, which returns the same status. On success, stores a
 * reference in *handle unless `handle` is NULL. On failure, frees the call,
 * whose parts were disposed of before. */
chutes_status chutes__call_finish_start(struct chutes_call *call,
                                        chutes_status status,
                                        chutes_call **handle);

/* Removes the call from its loop, before the completion callback is called. */
void chutes__call_leave(struct chutes_call *call);

/* Drops the loop's reference, after the completion callback has returned. */
void chutes__call_drop(struct chutes_call *call);

/* Was this call, or were all calls, asked to end? Cheap enough to ask after
 * each event. */
static inline bool chutes__call_was_cancelled(const struct chutes_call *call)
{
    return atomic_load_explicit(&call->is_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&call->loop->is_cancelled,
                                memory_order_relaxed);
}

#endif
