/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that send a request to any chute.
 */
#include <chutes/invoke.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/invoke_call.h"

chutes_status chutes_invoke(chutes_client *client,
                            const chutes_invoke_params *params,
                            chutes_invoke_response **response,
                            chutes_error *error)
{
    return chutes__blocking_call(&chutes__invoke_call_type, client, params,
                                 response, error);
}

chutes_status chutes_invoke_start(chutes_loop *loop,
                                  const chutes_invoke_params *params,
                                  chutes_invoke_done_fn on_done,
                                  void *user_data, chutes_call **call,
                                  chutes_error *error)
{
    return chutes__call_start(&chutes__invoke_call_type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}
