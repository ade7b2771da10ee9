/* SPDX-License-Identifier: MIT */
/*
 * What all kinds of calls have in common: their start and end, their
 * references, and the exported functions that take a handle.
 */
#include "client/call.h"

#include "base/error.h"
#include "base/mem.h"
#include "client/loop.h"
#include "client/params.h"
#include "client/trace.h"

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
     * active, so set it again. */
    if (loop->active == 0) {
        chutes__engine_renew_timer(loop->engine);
    }
    loop->active++;
    return call;
}

/* ---- the start ----------------------------------------------------------- */

/* Copies the caller's parameters over the defaults in `own`, and makes a call
 * with one reference, which the loop holds. Returns NULL and fills `error` on
 * failure. */
static struct chutes_call *prepare(const struct chutes__call_type *type,
                                   struct chutes_loop *loop,
                                   union chutes__params_room *own,
                                   const void *params, chutes_error *error)
{
    struct chutes_call *call;

    if (chutes__loop_check(loop, error) != CHUTES_OK) {
        return NULL;
    }
    type->set_defaults(own);
    if (chutes__params_copy(own, type->params_size, params, type->params_size,
                            "params", error) != CHUTES_OK) {
        return NULL;
    }
    call = make(type, loop);
    if (call == NULL) {
        chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return call;
}

/* Removes the call from its loop. */
static void leave(struct chutes_call *call)
{
    chutes__list_remove(&call->link);
    call->loop->active--;
    atomic_store(&call->is_done, true);
}

chutes_status chutes__call_begin(const struct chutes__call_type *type,
                                 struct chutes_loop *loop, const void *params,
                                 const struct chutes__caller *caller,
                                 chutes_call **handle, chutes_error *error)
{
    union chutes__params_room own;
    struct chutes_call *call = prepare(type, loop, &own, params, error);
    chutes_status status;

    if (call == NULL) {
        return error->status;
    }
    call->caller = *caller;
    chutes__trace_begin(call, &own);
    status = type->begin(call, &own, error);
    chutes__span_open(call->span);
    if (status != CHUTES_OK) {
        chutes__trace_end(call, status, NULL);
        type->dispose(call);
        leave(call);
        chutes__call_drop(call);
        return status;
    }
    if (handle != NULL) {
        atomic_fetch_add(&call->references, 1);
        *handle = call;
    }
    return CHUTES_OK;
}

chutes_status chutes__call_start(const struct chutes__call_type *type,
                                 struct chutes_loop *loop, const void *params,
                                 chutes__done_fn on_done, void *user_data,
                                 chutes_call **handle, chutes_error *error)
{
    const struct chutes__caller caller = {
        .deliver = type->deliver, .on_done = on_done, .user_data = user_data};
    chutes_error local;

    error = error != NULL ? error : &local;
    chutes__error_clear(error);
    if (handle != NULL) {
        *handle = NULL;
    }
    if (loop == NULL || on_done == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "%s must not be NULL",
                            loop == NULL ? "loop" : "on_done");
    }
    return chutes__call_begin(type, loop, params, &caller, handle, error);
}

/* ---- the end ------------------------------------------------------------- */

void chutes__call_add_use(struct chutes_call *call,
                          const struct chutes__use *use)
{
    chutes__ledger_add(&call->loop->client->ledger, use, &call->unknown);
    call->has_added_use = true;
}

static void count_use(struct chutes_call *call, const void *response)
{
    struct chutes__use use;

    if (response == NULL || call->type->read_use == NULL ||
        !call->type->read_use(call, response, &use)) {
        return;
    }
    if (!call->has_added_use) {
        chutes__call_add_use(call, &use);
    }
    chutes__ledger_count_call(&call->loop->client->ledger, &call->unknown);
}

void chutes__call_report(struct chutes_call *call, chutes_status status,
                         void *response, const chutes_error *error)
{
    const struct chutes__caller *caller = &call->caller;

    count_use(call, response);
    chutes__trace_end(call, status, response);
    leave(call);
    caller->deliver(caller->on_done, status, response, error,
                    caller->user_data);
}

void chutes__call_drop(struct chutes_call *call)
{
    if (atomic_fetch_sub(&call->references, 1) == 1) {
        chutes__waker_release(call->waker);
        chutes__mem_free(call);
    }
}

void chutes__call_end(struct chutes_call *call, chutes_status status,
                      void *response, const chutes_error *error)
{
    call->type->dispose(call);
    chutes__call_report(call, status, response, error);
    chutes__call_drop(call);
}

bool chutes__call_is_cancelled(void *ctx)
{
    return chutes__call_was_cancelled(ctx);
}

/* ---- the public verbs ---------------------------------------------------- */

void chutes_call_cancel(chutes_call *call)
{
    if (call != NULL && !atomic_load(&call->is_done)) {
        /* Set the flag before ringing: the thread that the ring wakes must see
         * it. */
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
