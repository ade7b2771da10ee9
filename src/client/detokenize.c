/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of joining tokens to texts.
 */
#include <chutes/tokenize.h>

#include "client/json_call.h"
#include "client/params.h"

CHUTES__ASSERT_NO_TAIL(chutes_detokenize_params, token_count);

static void set_defaults(void *params)
{
    chutes_detokenize_params_init(params, sizeof(chutes_detokenize_params));
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__JSON_CALL_TYPE(chutes_detokenize_params),
    &chutes__detokenize_endpoint,
    set_defaults,
};

static void deliver(chutes__json_call_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_detokenize_done_fn)on_done)(status, response, error, user_data);
}

chutes_status chutes_detokenize(chutes_client *client,
                                const chutes_detokenize_params *params,
                                chutes_detokenize_response **response,
                                chutes_error *error)
{
    return chutes__json_call_run(client, &KIND, params, response, error);
}

chutes_status chutes_detokenize_start(chutes_loop *loop,
                                      const chutes_detokenize_params *params,
                                      chutes_detokenize_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    const struct chutes__json_call_done done = {
        deliver, (chutes__json_call_fn)on_done, user_data};

    return chutes__json_call_start(loop, &KIND, params, done, call, error);
}

void chutes_detokenize_response_free(chutes_detokenize_response *response)
{
    chutes__json_call_free(response);
}
