/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that classify texts.
 */
#include <chutes/classify.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/json_call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_classify_params, input_count);

static void set_defaults(void *params)
{
    chutes_classify_params_init(params, sizeof(chutes_classify_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_classify_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__JSON_CALL_TYPE(chutes_classify_params, set_defaults, deliver),
    &chutes__classify_endpoint,
};

chutes_status chutes_classify(chutes_client *client,
                              const chutes_classify_params *params,
                              chutes_classify_response **response,
                              chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, response, error);
}

chutes_status chutes_classify_start(chutes_loop *loop,
                                    const chutes_classify_params *params,
                                    chutes_classify_done_fn on_done,
                                    void *user_data, chutes_call **call,
                                    chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_classify_response_free(chutes_classify_response *response)
{
    chutes__json_result_free(response);
}
