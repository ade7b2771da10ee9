/* SPDX-License-Identifier: MIT */
/*
 * The account: a request for each of its parts, one after the other. Any of
 * them may fail.
 */
#include <chutes/platform.h>

#include "base/clock.h"
#include "base/error.h"
#include "client/api_call.h"
#include "client/blocking.h"
#include "client/call.h"
#include "client/config.h"
#include "client/params.h"
#include "client/result_memory.h"
#include "codec/account.h"
#include "request/json_request.h"

CHUTES__ASSERT_PARAMS(chutes_account_params, call_options);

/* Real parts have less than a kilobyte. */
enum { MAX_PART = 1 << 20 };

struct account_result {
    chutes_account account; /* first: one casts to the other */
    struct chutes__result_memory memory;
};

struct account_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__url base;
    struct chutes__call_rules rules;
    struct chutes__arena arena; /* the result's */
    struct account_result *result;
    int64_t started_us;
    size_t at;            /* the part that is read */
    size_t found;         /* how many parts are there */
    chutes_error failure; /* why the first missing part is missing */
};

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct account_call *call = ctx;
    chutes_account *account = &call->result->account;
    chutes_account_part *part = chutes__account_part(account, call->at);
    chutes_status status = chutes__decode_account(
        call->at, answer, call->call.config->options.max_json_depth,
        &call->arena, account, error);

    if (status != CHUTES_OK) {
        return status;
    }
    part->raw_json = chutes__arena_dup(&call->arena, answer);
    part->raw_len = answer.len;
    return part->raw_json != NULL
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

static void finish(struct account_call *call, chutes_status status,
                   const chutes_error *error)
{
    struct account_result *result = NULL;
    chutes_error own;

    if (status == CHUTES_OK) {
        result = call->result;
        chutes__error_clear(&own);
        error = &own;
        chutes__result_memory_take(&result->memory, &call->arena);
    }
    chutes__call_end(&call->call, status,
                     result != NULL ? &result->account : NULL, error);
}

/* ---- the requests -------------------------------------------------------- */

static void on_done(void *ctx, chutes_status status, const chutes_error *error);

static const struct chutes__json_receiver RECEIVER = {
    .decode = decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
    .max_answer = MAX_PART,
};

static chutes_status start_request(struct account_call *call,
                                   chutes_error *error)
{
    const struct chutes__request_options options = {
        .base = &call->base,
        .path = chutes__account_path(call->at),
        .model = "",
        .rules = call->rules,
        .started_us = call->started_us,
    };

    return chutes__json_request_start(&call->json, &call->call.loop->requests,
                                      options, &RECEIVER, call, error);
}

/* Stores how the request for a part ended. Returns false: out of memory. */
static bool note_end(struct account_call *call, chutes_status status,
                     const chutes_error *error)
{
    chutes_account_part *part =
        chutes__account_part(&call->result->account, call->at);

    part->status = status;
    part->http_status = call->json.request.http_status;
    if (status == CHUTES_OK) {
        call->found++;
        return true;
    }
    if (call->failure.status == CHUTES_OK) {
        call->failure = *error;
    }
    part->message =
        chutes__arena_dup(&call->arena, chutes__slice_of(error->message));
    return part->message != NULL;
}

/* Ends the call after its last part. */
static void conclude(struct account_call *call)
{
    const chutes_error failure = call->failure;

    if (call->found > 0) {
        finish(call, CHUTES_OK, NULL);
    } else {
        finish(call, failure.status, &failure);
    }
}

/* Is nobody interested in the other parts, or would they fail, too? */
static bool is_final(const struct account_call *call, const chutes_error *error)
{
    return error->status == CHUTES_ERR_CANCELLED ||
           error->status == CHUTES_ERR_NO_MEMORY ||
           (call->at == 0 && error->status != CHUTES_OK &&
            error->outcome == CHUTES_OUTCOME_NOT_SENT);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct account_call *call = ctx;
    chutes_error own;

    if (is_final(call, error)) {
        finish(call, status, error);
        return;
    }
    chutes__error_clear(&own);
    if (!note_end(call, status, error)) {
        finish(call, chutes__fail_status(&own, CHUTES_ERR_NO_MEMORY), &own);
        return;
    }
    chutes__json_request_dispose(&call->json);
    call->at++;
    if (call->at == CHUTES__ACCOUNT_PARTS) {
        conclude(call);
        return;
    }
    status = start_request(call, &own);
    if (status != CHUTES_OK) {
        finish(call, status, &own);
    }
}

/* ---- the call ------------------------------------------------------------ */

static void dispose(struct chutes_call *handle)
{
    struct account_call *call = (struct account_call *)handle;

    chutes__json_request_dispose(&call->json);
    chutes__url_dispose(&call->base);
    chutes__arena_dispose(&call->arena);
}

static void cancel(struct chutes_call *handle)
{
    struct account_call *call = (struct account_call *)handle;

    chutes__request_cancel(&call->json.request);
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct account_call *call = (struct account_call *)handle;
    const chutes_account_params *own = params;
    chutes_status status;

    chutes__arena_init(&call->arena);
    status =
        chutes__api_base(handle->config, own->base_url, "", &call->base, error);
    if (status == CHUTES_OK) {
        status = chutes__config_rules(handle->config, own->call_options,
                                      &call->rules, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    call->result = chutes__arena_alloc(&call->arena, 1, sizeof(*call->result));
    if (call->result == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    chutes__account_clear(&call->result->account);
    call->started_us = chutes__clock_now_us();
    return start_request(call, error);
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

static void free_account(void *account)
{
    chutes_account_free(account);
}

static const struct chutes__call_type TYPE = {
    .size = sizeof(struct account_call),
    .params_size = sizeof(chutes_account_params),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_account,
    .cancel = cancel,
};

/* ---- the exported functions ---------------------------------------------- */

chutes_status chutes_account_get(chutes_client *client,
                                 const chutes_account_params *params,
                                 chutes_account **account, chutes_error *error)
{
    const chutes_account_params defaults = chutes_account_params_default();

    return chutes__blocking_call(
        &TYPE, client, params != NULL ? params : &defaults, account, error);
}

chutes_status chutes_account_get_start(chutes_loop *loop,
                                       const chutes_account_params *params,
                                       chutes_account_done_fn on_done_fn,
                                       void *user_data, chutes_call **call,
                                       chutes_error *error)
{
    const chutes_account_params defaults = chutes_account_params_default();

    return chutes__call_start(&TYPE, loop, params != NULL ? params : &defaults,
                              (chutes__done_fn)on_done_fn, user_data, call,
                              error);
}

void chutes_account_free(chutes_account *account)
{
    if (account != NULL) {
        chutes__result_memory_free(&((struct account_result *)account)->memory);
    }
}
