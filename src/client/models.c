/* SPDX-License-Identifier: MIT */
/*
 * The models endpoint: a GET whose answer is one JSON document.
 */
#include <chutes/models.h>

#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/params.h"
#include "client/result_memory.h"
#include "codec/api_error.h"
#include "codec/models_answer.h"
#include "request/json_request.h"

CHUTES__ASSERT_PARAMS(chutes_models_params, reserved);

struct models_result {
    chutes_models_response response; /* first, so that one casts to the other */
    struct chutes__result_memory memory;
};

struct models_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct models_result *result; /* in the arena of the request */
};

/* ---- what the request reports -------------------------------------------- */

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct models_call *call = ctx;
    size_t max_depth = call->call.config->options.max_json_depth;
    struct chutes__arena *arena = &call->json.arena;
    chutes_status status;

    call->result = chutes__arena_alloc(arena, 1, sizeof(*call->result));
    if (call->result == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = chutes__decode_models(answer.data, answer.len, max_depth, arena,
                                   &call->result->response, error);
    /* A list of errors looks like an empty list of models. */
    if (status == CHUTES_OK && call->result->response.model_count == 0 &&
        chutes__api_error_read(answer.data, answer.len, false, error)) {
        status = CHUTES_ERR_STREAM;
        error->status = status;
    }
    return status;
}

/* Completes the result, which owns its memory from now on. False: out of
 * memory. */
static bool complete(struct models_call *call)
{
    struct chutes__json_request *json = &call->json;
    struct chutes__result_memory *memory = &call->result->memory;
    chutes_models_response *response = &call->result->response;

    response->info = chutes__request_info(&json->request, -1);
    response->raw_len = json->answer.len;
    if (response->info != NULL) {
        memory->raw_json = chutes__buf_take(&json->answer);
    }
    response->raw_json = memory->raw_json;
    if (response->raw_json == NULL) {
        return false;
    }
    chutes__result_memory_take(memory, &json->arena);
    return true;
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct models_call *call = ctx;
    chutes_models_response *response = NULL;
    chutes_error own;

    if (status == CHUTES_OK && complete(call)) {
        response = &call->result->response;
    } else if (status == CHUTES_OK) {
        status = chutes__request_fail_result(&call->json.request, &own);
        error = &own;
    }
    chutes__call_end(&call->call, status, response, error);
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

static void free_response(void *response)
{
    chutes_models_response_free(response);
}

static const struct chutes__call_type TYPE = {
    .size = sizeof(struct models_call),
    .params_size = sizeof(chutes_models_params),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_response,
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
    if (response != NULL) {
        chutes__result_memory_free(&((struct models_result *)response)->memory);
    }
}
