/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that deploy chutes.
 */
#include <chutes/deploy.h>

#include "base/error.h"
#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/params.h"

CHUTES__ASSERT_PARAMS(chutes_deploy_params, accept_fee);

static void set_defaults(void *params)
{
    chutes_deploy_params_init(params, sizeof(chutes_deploy_params));
}

static void deliver(chutes__done_fn on_done, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_deploy_done_fn)on_done)(status, response, error, user_data);
}

static const struct chutes__json_call_kind KIND = {
    CHUTES__API_CALL_TYPE(chutes_deploy_params, set_defaults, deliver),
    &chutes__deploy_endpoint,
};

/* ---- the preview --------------------------------------------------------- */

static chutes_status write_request(const chutes_deploy_params *params,
                                   struct chutes__buf *path,
                                   struct chutes__buf *json,
                                   chutes_error *error)
{
    chutes_status status =
        chutes__deploy_endpoint.write_path(params, path, error);

    return status == CHUTES_OK
               ? chutes__encoder_run(chutes__deploy_endpoint.add, params,
                                     CHUTES__JSON_MAX_DEPTH, json, error)
               : status;
}

/* Moves the text to *to unless `to` is NULL. */
static void hand_over(struct chutes__buf *text, char **to)
{
    if (to != NULL) {
        *to = chutes__buf_take(text);
    }
}

chutes_status chutes_deploy_preview(const chutes_deploy_params *params,
                                    char **path, char **json,
                                    chutes_error *error)
{
    chutes_deploy_params own = chutes_deploy_params_default();
    struct chutes__buf texts[2];
    chutes_status status;

    chutes__error_clear(error);
    chutes__buf_init(&texts[0], SIZE_MAX);
    chutes__buf_init(&texts[1], SIZE_MAX);
    if (path != NULL) {
        *path = NULL;
    }
    if (json != NULL) {
        *json = NULL;
    }
    status = chutes__params_copy(&own, sizeof(own), params, sizeof(own),
                                 "params", error);
    if (status == CHUTES_OK) {
        status = write_request(&own, &texts[0], &texts[1], error);
    }
    if (status == CHUTES_OK) {
        hand_over(&texts[0], path);
        hand_over(&texts[1], json);
    }
    chutes__buf_dispose(&texts[0]);
    chutes__buf_dispose(&texts[1]);
    return status;
}

/* ---- the call ------------------------------------------------------------ */

chutes_status chutes_deploy(chutes_client *client,
                            const chutes_deploy_params *params,
                            chutes_deployment **deployment, chutes_error *error)
{
    return chutes__blocking_call(&KIND.type, client, params, deployment, error);
}

chutes_status chutes_deploy_start(chutes_loop *loop,
                                  const chutes_deploy_params *params,
                                  chutes_deploy_done_fn on_done,
                                  void *user_data, chutes_call **call,
                                  chutes_error *error)
{
    return chutes__call_start(&KIND.type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}

void chutes_deployment_free(chutes_deployment *deployment)
{
    chutes__json_result_free(deployment);
}
