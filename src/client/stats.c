/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read how fast models are.
 */
#include <chutes/usage.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_stats_params, end_date);

static void set_defaults(void *params)
{
    chutes_stats_params_init(params, sizeof(chutes_stats_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_stats_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_stats_params, set_defaults, deliver),
    &chutes__stats_endpoint,
};

chutes_status chutes_stats_list(chutes_client *client,
                                const chutes_stats_params *params,
                                chutes_stats **stats, chutes_error *error)
{
    const chutes_stats_params defaults = chutes_stats_params_default();

    return chutes__blocking_call(
        &KIND.type, client, params != NULL ? params : &defaults, stats, error);
}

chutes_status chutes_stats_list_start(chutes_loop *loop,
                                      const chutes_stats_params *params,
                                      chutes_stats_done_fn on_done,
                                      void *user_data, chutes_call **call,
                                      chutes_error *error)
{
    const chutes_stats_params defaults = chutes_stats_params_default();

    return chutes__call_start(&KIND.type, loop,
                              params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_stats_free(chutes_stats *stats)
{
    chutes__json_result_free(stats);
}
