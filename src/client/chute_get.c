/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read one chute.
 */
#include <chutes/chute_list.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_chute_get_params, chute);

static void set_defaults(void *params)
{
    chutes_chute_get_params_init(params, sizeof(chutes_chute_get_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_chute_get_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_chute_get_params, set_defaults, deliver),
    &chutes__chute_get_endpoint,
};

chutes_status chutes_chute_get(chutes_client *client,
                               const chutes_chute_get_params *params,
                               chutes_chute **chute, chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, chute, error);
}

chutes_status chutes_chute_get_start(chutes_loop *loop,
                                     const chutes_chute_get_params *params,
                                     chutes_chute_get_done_fn on_done,
                                     void *user_data, chutes_call **call,
                                     chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_chute_free(chutes_chute *chute)
{
    chutes__json_result_free(chute);
}
