/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include "client/context.h"

/* One reference, the loop's; the loop has it from now on. `size` is that of the
 * struct that begins with it, which is zeroed. NULL: out of memory. */
struct chutes_call *chutes__call_new(size_t size,
                                     const struct chutes__call_type *type,
                                     struct chutes_loop *loop);

/* Adds the owner's reference when `handle` isn't NULL, and hands it over. */
void chutes__call_hand_over(struct chutes_call *call, chutes_call **handle);

/* It is over for the loop: the completion callback is next. */
void chutes__call_leave(struct chutes_call *call);

/* Drops the loop's reference, behind the completion callback; or the caller's,
 * of a call that could not be started. */
void chutes__call_drop(struct chutes_call *call);

/* Was it, or everything, asked to end? Cheap; for between two events. */
static inline bool chutes__call_was_cancelled(const struct chutes_call *call)
{
    return atomic_load_explicit(&call->is_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&call->loop->is_cancelled,
                                memory_order_relaxed);
}

#endif
