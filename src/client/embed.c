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

static chutes_status start_blocking(struct chutes_loop *loop,
                                    const void *params, void *user_data,
                                    chutes_error *error)
{
    return chutes__embed_call_run(loop, params, store, user_data, error);
}

static void free_response(void *response)
{
    chutes_embed_response_free(response);
}

static const struct chutes__blocking_type BLOCKING = {start_blocking,
                                                      free_response};

chutes_status chutes_embed(chutes_client *client,
                           const chutes_embed_params *params,
                           chutes_embed_response **response,
                           chutes_error *error)
{
    return chutes__blocking_call(&BLOCKING, client, params, response, error);
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
