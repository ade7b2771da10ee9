/* SPDX-License-Identifier: MIT */
#include <chutes/models.h>

#include "base/error.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/fetch.h"
#include "client/loop.h"
#include "client/params.h"
#include "codec/api_error.h"
#include "codec/models_answer.h"

CHUTES__ASSERT_NO_TAIL(chutes_models_params, call_options);

struct models_result {
    chutes_models_response response; /* first, so that one casts to the other */
    struct chutes__result_memory memory;
};

struct models_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__fetch fetch;
    struct models_result *result; /* in the arena of the fetch */
    chutes_error error;
    chutes_models_done_fn on_done;
    void *user_data;
};

static struct models_call *call_of(struct chutes__fetch *fetch)
{
    return CHUTES__LIST_ENTRY(fetch, struct models_call, fetch);
}

static chutes_status decode(struct chutes__fetch *fetch)
{
    struct models_call *call = call_of(fetch);
    size_t max_depth = call->call.loop->client->config.options.max_json_depth;
    chutes_status status;

    call->result = chutes__arena_alloc(&fetch->arena, 1, sizeof(*call->result));
    if (call->result == NULL) {
        return chutes__fail_status(&call->error, CHUTES_ERR_NO_MEMORY);
    }
    status = chutes__decode_models(fetch->answer.data, fetch->answer.len,
                                   max_depth, &fetch->arena,
                                   &call->result->response, &call->error);
    /* Lists of errors look like lists of models. */
    if (status == CHUTES_OK && call->result->response.model_count == 0 &&
        chutes__api_error_read(fetch->answer.data, fetch->answer.len, false,
                               &call->error)) {
        status = CHUTES_ERR_STREAM;
        call->error.status = status;
    }
    return status;
}

static void on_done(struct chutes__fetch *fetch, chutes_status status)
{
    struct models_call *call = call_of(fetch);
    chutes_models_response *response = NULL;

    if (status == CHUTES_OK) {
        response = &call->result->response;
        status = chutes__fetch_hand_over(fetch, &call->result->memory,
                                         &response->info, &response->raw_json,
                                         &response->raw_len);
    }
    if (status == CHUTES_OK) {
        chutes__error_clear(&call->error);
    }
    chutes__fetch_dispose(fetch);
    chutes__call_leave(&call->call);
    call->on_done(status, status == CHUTES_OK ? response : NULL, &call->error,
                  call->user_data);
    chutes__call_drop(&call->call);
}

static void cancel(struct chutes_call *call)
{
    chutes__exchange_cancel(&((struct models_call *)call)->fetch.exchange);
}

static const struct chutes__call_type TYPE = {cancel, NULL, NULL};

static chutes_status prepare(struct models_call *call,
                             const chutes_call_options *call_options)
{
    struct chutes_loop *loop = call->call.loop;
    struct chutes__fetch *fetch = &call->fetch;
    chutes_status status =
        chutes__fetch_init(fetch, loop, call_options, &call->error);

    fetch->exchange.base = &loop->client->config.base;
    fetch->exchange.path = "models";
    fetch->decode = decode;
    fetch->on_done = on_done;
    return status;
}

static chutes_status start(struct chutes_loop *loop,
                           const chutes_models_params *params,
                           chutes_models_done_fn on_done_fn, void *user_data,
                           chutes_call **handle, chutes_error *error)
{
    chutes_models_params own = chutes_models_params_default();
    chutes_status status = chutes__loop_check(loop, error);
    struct models_call *call;

    if (status == CHUTES_OK && params != NULL) {
        status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                     "params", error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call = (struct models_call *)chutes__call_new(sizeof(*call), &TYPE, loop);
    if (call == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__error_clear(&call->error);
    call->on_done = on_done_fn;
    call->user_data = user_data;
    status = prepare(call, own.call_options);
    if (status == CHUTES_OK) {
        status = chutes__exchange_start(&call->fetch.exchange);
    }
    if (status != CHUTES_OK) {
        chutes__fetch_dispose(&call->fetch);
        *error = call->error;
    }
    return chutes__call_settle(&call->call, status, handle);
}

chutes_status chutes_models_list_start(chutes_loop *loop,
                                       const chutes_models_params *params,
                                       chutes_models_done_fn on_done_fn,
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
    return start(loop, params, on_done_fn, user_data, call, error);
}

/* ---- blocking ------------------------------------------------------------ */

static void keep(chutes_status status, chutes_models_response *response,
                 const chutes_error *error, void *user_data)
{
    chutes__blocking_keep(user_data, status, response, error);
}

chutes_status chutes_models_list(chutes_client *client,
                                 const chutes_models_params *params,
                                 chutes_models_response **response,
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
    status = start(blocking.loop, params, keep, &blocking, NULL, error);
    status = chutes__blocking_end(&blocking, status);
    if (response != NULL) {
        *response = blocking.response;
    } else {
        chutes_models_response_free(blocking.response);
    }
    return status;
}

void chutes_models_response_free(chutes_models_response *response)
{
    if (response != NULL) {
        chutes__result_memory_free(&((struct models_result *)response)->memory);
    }
}
