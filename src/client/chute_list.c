/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that list chutes.
 */
#include <chutes/chute_list.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_chutes_params, reserved);

static void set_defaults(void *params)
{
    chutes_chutes_params_init(params, sizeof(chutes_chutes_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_chutes_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_chutes_params, set_defaults, deliver),
    &chutes__chute_list_endpoint,
};

chutes_status chutes_chutes_list(chutes_client *client,
                                 const chutes_chutes_params *params,
                                 chutes_chute_page **page, chutes_error *error)
{
    const chutes_chutes_params defaults = chutes_chutes_params_default();

    return chutes__blocking_call(
        &KIND.type, client, params != NULL ? params : &defaults, page, error);
}

chutes_status chutes_chutes_list_start(chutes_loop *loop,
                                       const chutes_chutes_params *params,
                                       chutes_chutes_done_fn on_done,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_chutes_params defaults = chutes_chutes_params_default();

    return chutes__call_start(&KIND.type, loop,
                              params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_chute_page_free(chutes_chute_page *page)
{
    chutes__json_result_free(page);
}
