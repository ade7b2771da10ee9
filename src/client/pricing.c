/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read the prices of GPUs.
 */
#include <chutes/usage.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_pricing_params, call_options);

static void set_defaults(void *params)
{
    chutes_pricing_params_init(params, sizeof(chutes_pricing_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_pricing_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_pricing_params, set_defaults, deliver),
    &chutes__pricing_endpoint,
};

chutes_status chutes_pricing_get(chutes_client *client,
                                 const chutes_pricing_params *params,
                                 chutes_pricing **pricing, chutes_error *error)
{
    const chutes_pricing_params defaults = chutes_pricing_params_default();

    return chutes__blocking_call(&KIND.type, client,
                                 params != NULL ? params : &defaults, pricing,
                                 error);
}

chutes_status chutes_pricing_get_start(chutes_loop *loop,
                                       const chutes_pricing_params *params,
                                       chutes_pricing_done_fn on_done,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_pricing_params defaults = chutes_pricing_params_default();

    return chutes__call_start(&KIND.type, loop,
                              params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_pricing_free(chutes_pricing *pricing)
{
    chutes__json_result_free(pricing);
}
