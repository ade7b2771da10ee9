/* SPDX-License-Identifier: MIT */
/*
 * Reads an account: one request for each of its parts, one after the other. Any
 * of them may fail.
 */
#include <chutes/platform.h>

#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/params.h"
#include "client/parts_call.h"
#include "codec/account.h"

CHUTES__ASSERT_PARAMS(chutes_account_params, call_options);

static chutes_account *account_of(const struct chutes__parts_call *call)
{
    return (chutes_account *)call->result->response;
}

static chutes_status prepare(struct chutes__parts_call *call,
                             const void *params, chutes_error *error)
{
    const struct chutes__config *config = call->call.config;
    const chutes_account_params *own = params;
    chutes_status status =
        chutes__api_base(config, own->base_url, "", &call->base, error);

    chutes__account_clear(account_of(call));
    return status == CHUTES_OK ? chutes__config_rules(config, own->call_options,
                                                      &call->rules, error)
                               : status;
}

static void ask(const struct chutes__parts_call *call,
                struct chutes__request_options *options)
{
    options->path = chutes__account_path(call->at);
}

static chutes_status decode(struct chutes__parts_call *call,
                            struct chutes__slice answer, chutes_error *error)
{
    chutes_account *account = account_of(call);
    chutes_account_part *part = chutes__account_part(account, call->at);
    chutes_status status = chutes__decode_account(
        call->at, answer, call->call.config->options.max_json_depth,
        &call->arena, account, error);

    return status == CHUTES_OK
               ? chutes__parts_call_keep(call, answer, &part->raw_json,
                                         &part->raw_len, error)
               : status;
}

static bool note(struct chutes__parts_call *call, const chutes_error *error)
{
    chutes_account_part *part =
        chutes__account_part(account_of(call), call->at);

    part->status = error->status;
    part->http_status = call->json.request.http_status;
    if (error->status == CHUTES_OK) {
        return true;
    }
    part->message =
        chutes__arena_dup(&call->arena, chutes__slice_of(error->message));
    return part->message != NULL;
}

static void set_defaults(void *params)
{
    chutes_account_params_init(params, sizeof(chutes_account_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_account_done_fn)on_done_fn)(status, response, error, user_data);
}

static const struct chutes__parts_call_kind KIND = {
    .type =
        CHUTES__PARTS_CALL_TYPE(sizeof(struct chutes__parts_call),
                                chutes_account_params, set_defaults, deliver),
    .count = CHUTES__ACCOUNT_PARTS,
    .response_size = sizeof(chutes_account),
    .prepare = prepare,
    .ask = ask,
    .decode = decode,
    .note = note,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_account_get(chutes_client *client,
                                 const chutes_account_params *params,
                                 chutes_account **account, chutes_error *error)
{
    const chutes_account_params defaults = chutes_account_params_default();

    return chutes__blocking_call(&KIND.type, client,
                                 params != NULL ? params : &defaults, account,
                                 error);
}

chutes_status chutes_account_get_start(chutes_loop *loop,
                                       const chutes_account_params *params,
                                       chutes_account_done_fn on_done_fn,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_account_params defaults = chutes_account_params_default();

    return chutes__call_start(
        &KIND.type, loop, params != NULL ? params : &defaults,
        (chutes__done_fn)on_done_fn, user_data, call, error);
}

void chutes_account_free(chutes_account *account)
{
    chutes__json_result_free(account);
}
