/* SPDX-License-Identifier: MIT */
/*
 * What all kinds of calls have in common: their references, and the exported
 * functions that take a handle.
 */
#include "client/call.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/loop.h"
#include "client/params.h"

#include <unistd.h>

static struct chutes_call *make(const struct chutes__call_type *type,
                                struct chutes_loop *loop)
{
    struct chutes_call *call = chutes__mem_zalloc(type->size);

    if (call == NULL) {
        return NULL;
    }
    call->type = type;
    call->loop = loop;
    call->config = &loop->client->config;
    call->waker = chutes__waker_retain(chutes__engine_waker(loop->engine));
    atomic_init(&call->references, 1);
    atomic_init(&call->is_cancelled, false);
    atomic_init(&call->is_done, false);
    chutes__list_append(&loop->calls, &call->link);
    /* An application's event loop may have dropped the timer while no call was
     * active. */
    if (loop->active == 0) {
        chutes__engine_renew_timer(loop->engine);
    }
    loop->active++;
    return call;
}

struct chutes_call *chutes__call_new(const struct chutes__call_type *type,
                                     struct chutes_loop *loop, void *own,
                                     const void *params, chutes_error *error)
{
    struct chutes_call *call;

    if (chutes__loop_check(loop, error) != CHUTES_OK ||
        chutes__params_copy(own, type->params_size, params, type->params_size,
                            "params", error) != CHUTES_OK) {
        return NULL;
    }
    call = make(type, loop);
    if (call == NULL) {
        chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return call;
}

void chutes__call_leave(struct chutes_call *call)
{
    chutes__list_remove(&call->link);
    call->loop->active--;
    atomic_store(&call->is_done, true);
}

void chutes__call_drop(struct chutes_call *call)
{
    if (atomic_fetch_sub(&call->references, 1) == 1) {
        chutes__waker_release(call->waker);
        chutes__mem_free(call);
    }
}

chutes_status chutes__call_finish_start(struct chutes_call *call,
                                        chutes_status status,
                                        chutes_call **handle)
{
    if (status != CHUTES_OK) {
        chutes__call_leave(call);
        chutes__call_drop(call);
        return status;
    }
    if (handle != NULL) {
        atomic_fetch_add(&call->references, 1);
        *handle = call;
    }
    return CHUTES_OK;
}

bool chutes__call_is_cancelled(void *ctx)
{
    return chutes__call_was_cancelled(ctx);
}

/* ---- the public verbs ---- */

void chutes_call_cancel(chutes_call *call)
{
    if (call != NULL && !atomic_load(&call->is_done)) {
        /* The order matters: the thread that takes the ring must see the
         * flag. */
        atomic_store(&call->is_cancelled, true);
        chutes__waker_ring(call->waker);
    }
}

/* In the child of a fork, the call's connection belongs to the parent. */
static bool is_under_way(const struct chutes_call *call)
{
    return call != NULL && !atomic_load(&call->is_done) &&
           call->loop->process == getpid();
}

void chutes_call_pause(chutes_call *call)
{
    if (is_under_way(call) && call->type->pause != NULL) {
        call->type->pause(call);
    }
}

void chutes_call_resume(chutes_call *call)
{
    if (is_under_way(call) && call->type->resume != NULL) {
        call->type->resume(call);
    }
}

int chutes_call_is_done(const chutes_call *call)
{
    return call == NULL || atomic_load(&call->is_done);
}

void chutes_call_free(chutes_call *call)
{
    if (call != NULL) {
        chutes__call_drop(call);
    }
}
