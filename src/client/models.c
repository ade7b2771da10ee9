/* SPDX-License-Identifier: MIT */
/*
 * The models endpoint: a GET whose answer is one JSON document.
 */
#include <chutes/models.h>

#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/json_result.h"
#include "client/params.h"
#include "codec/api_error.h"
#include "codec/models_answer.h"

CHUTES__ASSERT_PARAMS(chutes_models_params, reserved);
CHUTES__ASSERT_RESPONSE(chutes_models_response);

struct models_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__json_result *result; /* in the arena of the request */
};

/* ---- what the request reports -------------------------------------------- */

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct models_call *call = ctx;
    chutes_models_response *response;
    chutes_status status;

    call->result =
        chutes__json_result_new(&call->json.arena, sizeof(*response), error);
    if (call->result == NULL) {
        return error->status;
    }
    response = (chutes_models_response *)call->result->response;
    status = chutes__decode_models(answer.data, answer.len,
                                   call->call.config->options.max_json_depth,
                                   &call->json.arena, response, error);
    /* A list of errors looks like an empty list of models. */
    if (status == CHUTES_OK && response->model_count == 0 &&
        chutes__api_error_read(answer.data, answer.len, false, error)) {
        status = CHUTES_ERR_STREAM;
        error->status = status;
    }
    return status;
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct models_call *call = ctx;

    chutes__json_result_deliver(call->result, &call->json, &call->call, status,
                                error);
}

static const struct chutes__json_receiver RECEIVER = {
    .decode = decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
};

/* ---- the call ------------------------------------------------------------ */

static void cancel(struct chutes_call *call)
{
    chutes__request_cancel(&((struct models_call *)call)->json.request);
}

static void dispose(struct chutes_call *call)
{
    chutes__json_request_dispose(&((struct models_call *)call)->json);
}

static chutes_status begin(struct chutes_call *call, const void *params,
                           chutes_error *error)
{
    const struct chutes__config *config = call->config;
    const chutes_models_params *own = params;
    struct chutes__request_options options = {
        .base = &config->base,
        .path = own->litellm_info != 0 ? "model/info" : "models",
        .model = ""};
    chutes_status status =
        chutes__config_rules(config, own->call_options, &options.rules, error);

    return status == CHUTES_OK
               ? chutes__json_request_start(&((struct models_call *)call)->json,
                                            &call->loop->requests, options,
                                            &RECEIVER, call, error)
               : status;
}

static void set_defaults(void *params)
{
    chutes_models_params_init(params, sizeof(chutes_models_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_models_done_fn)on_done_fn)(status, response, error, user_data);
}

static const struct chutes__call_type TYPE = {
    .size = sizeof(struct models_call),
    .params_size = sizeof(chutes_models_params),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = chutes__json_result_free,
    .cancel = cancel,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_models_list(chutes_client *client,
                                 const chutes_models_params *params,
                                 chutes_models_response **response,
                                 chutes_error *error)
{
    const chutes_models_params defaults = chutes_models_params_default();

    return chutes__blocking_call(
        &TYPE, client, params != NULL ? params : &defaults, response, error);
}

chutes_status chutes_models_list_start(chutes_loop *loop,
                                       const chutes_models_params *params,
                                       chutes_models_done_fn on_done_fn,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_models_params defaults = chutes_models_params_default();

    return chutes__call_start(&TYPE, loop, params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done_fn, user_data, call,
                              error);
}

void chutes_models_response_free(chutes_models_response *response)
{
    chutes__json_result_free(response);
}
