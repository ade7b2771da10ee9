/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that make images.
 */
#include <chutes/image.h>

#include "client/blocking.h"
#include "client/call.h"
#include "client/json_call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_image_params, on_progress);

static void set_defaults(void *params)
{
    chutes_image_params_init(params, sizeof(chutes_image_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_image_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__JSON_CALL_TYPE(chutes_image_params, set_defaults, deliver),
    &chutes__image_endpoint,
};

chutes_status chutes_image_generate(chutes_client *client,
                                    const chutes_image_params *params,
                                    chutes_image_response **response,
                                    chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, response, error);
}

chutes_status chutes_image_generate_start(chutes_loop *loop,
                                          const chutes_image_params *params,
                                          chutes_image_done_fn on_done,
                                          void *user_data, chutes_call **call,
                                          chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_image_response_free(chutes_image_response *response)
{
    chutes__json_result_free(response);
}
