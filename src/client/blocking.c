/* SPDX-License-Identifier: MIT */
/*
 * Blocking calls: borrows one of the client's loops, and steps it until the
 * call is done.
 */
#include "client/blocking.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"
#include "client/loop.h"
#include "client/loop_pool.h"

/* The outcome of a call. */
struct outcome {
    bool is_done;
    chutes_status status;
    void *response;
    chutes_error *error;
};

static void store(chutes__done_fn on_done, chutes_status status, void *response,
                  const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    (void)on_done;
    outcome->is_done = true;
    outcome->status = status;
    outcome->response = response;
    *outcome->error = *error;
}

/* Stores the response for the caller, or frees it if the caller passed NULL. */
static void deliver(const struct chutes__call_type *type, void *result,
                    void *response)
{
    if (response != NULL) {
        /* Copy the pointer's bytes: `response` may point to a pointer of any
         * type, and an assignment through another type would break the aliasing
         * rules. */
        memcpy(response, &result, sizeof(result));
    } else {
        type->free_response(result);
    }
}

/* Ends the call in the child of a fork that a callback made. A thread of the
 * parent may have held the client's mutex, so this doesn't touch the client. */
static chutes_status desert(const struct chutes__call_type *type,
                            struct chutes_loop *loop,
                            const struct outcome *outcome)
{
    type->free_response(outcome->response);
    chutes__loop_destroy(loop);
    return chutes__fail(outcome->error, CHUTES_ERR_MISUSE,
                        "a callback called fork(): the call is the parent's");
}

chutes_status chutes__blocking_call(const struct chutes__call_type *type,
                                    struct chutes_client *client,
                                    const void *params, void *response,
                                    chutes_error *error)
{
    chutes_error local;
    struct outcome outcome = {.error = error != NULL ? error : &local};
    const struct chutes__caller caller = {
        .deliver = store, .user_data = &outcome, .is_blocked = true};
    struct chutes_loop *loop;

    chutes__error_clear(outcome.error);
    deliver(type, NULL, response);
    loop = chutes__loop_pool_acquire(client, &outcome.status, outcome.error);
    if (loop == NULL) {
        return outcome.status;
    }
    outcome.status =
        chutes__call_begin(type, loop, params, &caller, NULL, outcome.error);
    if (outcome.status == CHUTES_OK &&
        !chutes__loop_drive(loop, &outcome.is_done)) {
        return desert(type, loop, &outcome);
    }
    chutes__loop_pool_release(loop);
    deliver(type, outcome.response, response);
    return outcome.status;
}
