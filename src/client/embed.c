/* SPDX-License-Identifier: MIT */
#include <chutes/embeddings.h>

#include "base/error.h"
#include "client/embed_call.h"
#include "client/loop_core.h"
#include "client/params.h"
#include "client/pool.h"

/* Where a call that blocks leaves what came of it. */
struct outcome {
    bool is_done;
    chutes_status status;
    chutes_embed_response *response;
    chutes_error *error;
};

static void keep(chutes_status status, chutes_embed_response *response,
                 const chutes_error *error, void *user_data)
{
    struct outcome *outcome = user_data;

    outcome->is_done = true;
    outcome->status = status;
    outcome->response = response;
    *outcome->error = *error;
}

chutes_status chutes_embed(chutes_client *client,
                           const chutes_embed_params *params,
                           chutes_embed_response **response,
                           chutes_error *error)
{
    struct chutes_loop *loop;
    chutes_error local;
    struct outcome outcome = {.error = error != NULL ? error : &local};

    outcome.status = chutes__params_check(response, outcome.error);
    if (outcome.status != CHUTES_OK) {
        return outcome.status;
    }
    loop = chutes__pool_acquire(client, &outcome.status, outcome.error);
    if (loop == NULL) {
        return outcome.status;
    }
    outcome.status = chutes__embed_call_start(loop, params, keep, &outcome,
                                              NULL, outcome.error);
    chutes__loop_drive(loop, outcome.status, &outcome.is_done);
    chutes__pool_release(loop);
    *response = outcome.response;
    return outcome.status;
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
