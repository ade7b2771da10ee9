/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that send a request to any chute.
 */
#include <chutes/invoke.h>

#include "client/blocking.h"
#include "client/invoke_call.h"
#include "client/params.h"

chutes_status chutes_invoke_start(chutes_loop *loop,
                                  const chutes_invoke_params *params,
                                  chutes_invoke_done_fn on_done_fn,
                                  void *user_data, chutes_call **call,
                                  chutes_error *error)
{
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    status = chutes__params_check_start(loop, on_done_fn != NULL, call, error);
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__invoke_call_start(loop, params, on_done_fn, user_data, call,
                                     error);
}

static void store(chutes_status status, chutes_invoke_response *response,
                  const chutes_error *error, void *user_data)
{
    chutes__blocking_store(user_data, status, response, error);
}

chutes_status chutes_invoke(chutes_client *client,
                            const chutes_invoke_params *params,
                            chutes_invoke_response **response,
                            chutes_error *error)
{
    struct chutes__blocking blocking;
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    chutes__params_clear(response, error);
    status = chutes__blocking_begin(&blocking, client, error);
    if (status != CHUTES_OK) {
        return status;
    }
    status = chutes__invoke_call_start(blocking.loop, params, store, &blocking,
                                       NULL, error);
    status = chutes__blocking_end(&blocking, status);
    if (response != NULL) {
        *response = blocking.response;
    } else {
        chutes_invoke_response_free(blocking.response);
    }
    return status;
}
