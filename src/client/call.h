/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include "client/context.h"

/* One reference, the loop's; the loop has it from now on. `size` is that of the
 * struct that begins with it, which is zeroed. NULL: out of memory. */
struct chutes_call *chutes__call_new(size_t size,
                                     const struct chutes__call_type *type,
                                     struct chutes_loop *loop);

/* The last step of a start, which ended with this status: returns it. The owner
 * gets a reference when `handle` isn't NULL; or the call, whose parts are
 * disposed of already, goes. */
chutes_status chutes__call_settle(struct chutes_call *call,
                                  chutes_status status, chutes_call **handle);

/* It is over for the loop: the completion callback is next. */
void chutes__call_leave(struct chutes_call *call);

/* Drops the loop's reference, behind the completion callback. */
void chutes__call_drop(struct chutes_call *call);

/* Was it, or everything, asked to end? Cheap; for between two events. */
static inline bool chutes__call_was_cancelled(const struct chutes_call *call)
{
    return atomic_load_explicit(&call->is_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&call->loop->is_cancelled,
                                memory_order_relaxed);
}

#endif
