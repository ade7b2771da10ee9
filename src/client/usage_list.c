/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read the usage of an account.
 */
#include <chutes/usage.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_usage_params, reserved);

static void set_defaults(void *params)
{
    chutes_usage_params_init(params, sizeof(chutes_usage_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_usage_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_usage_params, set_defaults, deliver),
    &chutes__usage_endpoint,
};

chutes_status chutes_usage_list(chutes_client *client,
                                const chutes_usage_params *params,
                                chutes_usage_page **page, chutes_error *error)
{
    const chutes_usage_params defaults = chutes_usage_params_default();

    return chutes__blocking_call(
        &KIND.type, client, params != NULL ? params : &defaults, page, error);
}

chutes_status chutes_usage_list_start(chutes_loop *loop,
                                      const chutes_usage_params *params,
                                      chutes_usage_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    const chutes_usage_params defaults = chutes_usage_params_default();

    return chutes__call_start(&KIND.type, loop,
                              params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_usage_page_free(chutes_usage_page *page)
{
    chutes__json_result_free(page);
}
