/* SPDX-License-Identifier: MIT */
/*
 * The models endpoint: a GET whose answer is one JSON document.
 */
#include <chutes/models.h>

#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/json_call.h"
#include "client/params.h"
#include "codec/api_error.h"
#include "codec/endpoint_answer.h"
#include "codec/models_answer.h"

CHUTES__ASSERT_PARAMS(chutes_models_params, reserved);
CHUTES__ASSERT_RESPONSE(chutes_models_response);

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_models, chutes_error *error)
{
    chutes_models_response *response = of_models;
    chutes_status status =
        chutes__decode_models(answer->text, answer->len, answer->max_depth,
                              answer->arena, response, error);

    if (status != CHUTES_OK) {
        return status;
    }
    /* A list of errors looks like an empty list of models. */
    if (response->model_count == 0 &&
        chutes__api_error_read(answer->text, answer->len, false, error)) {
        error->status = CHUTES_ERR_STREAM;
        return CHUTES_ERR_STREAM;
    }
    return chutes__endpoint_check_error(answer, error);
}

static const struct chutes__endpoint ENDPOINT = {
    .response_size = sizeof(chutes_models_response),
    .decode = decode,
};

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct chutes__json_call *call = (struct chutes__json_call *)handle;
    const chutes_models_params *own = params;
    struct chutes__request_options options = {
        .base = &handle->config->base,
        .path = own->litellm_info != 0 ? "model/info" : "models",
        .model = ""};
    chutes_status status = chutes__json_call_open(call, params, error);

    if (status == CHUTES_OK) {
        status = chutes__config_rules(handle->config, own->call_options,
                                      &options.rules, error);
    }
    return status == CHUTES_OK ? chutes__json_call_send(call, &options, error)
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

static const struct chutes__json_call_kind KIND = {
    {
        .size = sizeof(struct chutes__json_call),
        .params_size = sizeof(chutes_models_params),
        .name = "models",
        .options_at = offsetof(chutes_models_params, call_options),
        .set_defaults = set_defaults,
        .begin = begin,
        .dispose = chutes__json_call_dispose,
        .deliver = deliver,
        .free_response = chutes__json_result_free,
        .cancel = chutes__json_call_cancel,
    },
    &ENDPOINT,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_models_list(chutes_client *client,
                                 const chutes_models_params *params,
                                 chutes_models_response **response,
                                 chutes_error *error)
{
    const chutes_models_params defaults = chutes_models_params_default();

    return chutes__blocking_call(&KIND.type, client,
                                 params != NULL ? params : &defaults, response,
                                 error);
}

chutes_status chutes_models_list_start(chutes_loop *loop,
                                       const chutes_models_params *params,
                                       chutes_models_done_fn on_done_fn,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_models_params defaults = chutes_models_params_default();

    return chutes__call_start(
        &KIND.type, loop, params != NULL ? params : &defaults,
        (chutes__done_fn)on_done_fn, user_data, call, error);
}

void chutes_models_response_free(chutes_models_response *response)
{
    chutes__json_result_free(response);
}
