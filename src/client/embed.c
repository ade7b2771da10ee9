/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of embeddings.
 */
#include <chutes/embeddings.h>

#include "client/blocking.h"
#include "client/embed_call.h"
#include "client/params.h"

static void store(chutes_status status, chutes_embed_response *response,
                  const chutes_error *error, void *user_data)
{
    chutes__blocking_store(user_data, status, response, error);
}

chutes_status chutes_embed(chutes_client *client,
                           const chutes_embed_params *params,
                           chutes_embed_response **response,
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
    status =
        chutes__embed_call_run(blocking.loop, params, store, &blocking, error);
    status = chutes__blocking_end(&blocking, status);
    if (response != NULL) {
        *response = blocking.response;
    } else {
        chutes_embed_response_free(blocking.response);
    }
    return status;
}

chutes_status chutes_embed_start(chutes_loop *loop,
                                 const chutes_embed_params *params,
                                 chutes_embed_done_fn on_done, void *user_data,
                                 chutes_call **call, chutes_error *error)
{
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    status = chutes__params_check_start(loop, on_done != NULL, call, error);
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__embed_call_start(loop, params, on_done, user_data, call,
                                    error);
}
