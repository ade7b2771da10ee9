/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of embeddings.
 */
#include <chutes/embeddings.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/embed_call.h"

chutes_status chutes_embed(chutes_client *client,
                           const chutes_embed_params *params,
                           chutes_embed_response **response,
                           chutes_error *error)
{
    return chutes__blocking_call(&chutes__embed_call_type, client, params,
                                 response, error);
}

chutes_status chutes_embed_start(chutes_loop *loop,
                                 const chutes_embed_params *params,
                                 chutes_embed_done_fn on_done, void *user_data,
                                 chutes_call **call, chutes_error *error)
{
    return chutes__call_start(&chutes__embed_call_type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}
