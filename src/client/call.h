/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_CALL_H
#define CHUTES_CLIENT_CALL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "client/loop.h"

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
