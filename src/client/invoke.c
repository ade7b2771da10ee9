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

static chutes_status start_blocking(struct chutes_loop *loop,
                                    const void *params, void *user_data,
                                    chutes_error *error)
{
    return chutes__invoke_call_start(loop, params, store, user_data, NULL,
                                     error);
}

static void free_response(void *response)
{
    chutes_invoke_response_free(response);
}

static const struct chutes__blocking_type BLOCKING = {start_blocking,
                                                      free_response};

chutes_status chutes_invoke(chutes_client *client,
                            const chutes_invoke_params *params,
                            chutes_invoke_response **response,
                            chutes_error *error)
{
    return chutes__blocking_call(&BLOCKING, client, params, response, error);
}
