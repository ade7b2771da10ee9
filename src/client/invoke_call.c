/* SPDX-License-Identifier: MIT */
/*
 * A request to any chute on a loop.
 */
#include "client/invoke_call.h"

#include <string.h>

#include "base/error.h"
#include "client/config.h"
#include "client/fed_call.h"
#include "client/invoke_answer.h"
#include "client/invoke_lines.h"
#include "client/invoke_target.h"
#include "client/invoke_upload.h"
#include "client/params.h"
#include "codec/request.h"

CHUTES__ASSERT_PARAMS(chutes_invoke_params, on_progress);

struct invoke_call {
    struct chutes__fed_call fed; /* first, so that one casts to the other */
    struct chutes__invoke_target target;
    struct chutes__invoke_answer answer;
    struct chutes__buf body;
    struct chutes__upload upload; /* replaces it */
    struct chutes__arena arena;   /* the result's */
};

/* ---- what the request reports -------------------------------------------- */

static void on_restart(void *ctx)
{
    chutes__invoke_answer_restart(&((struct invoke_call *)ctx)->answer);
}

/* Call this after a callback of the application has returned: it may have
 * cancelled the call. */
static chutes_status leave_callback(struct invoke_call *call,
                                    chutes_status status)
{
    chutes__fed_call_end(&call->fed);
    return status == CHUTES_OK && chutes__call_was_cancelled(&call->fed.call)
               ? chutes__fail_status(chutes__request_error(&call->fed.request),
                                     CHUTES_ERR_CANCELLED)
               : status;
}

static chutes_status on_head(void *ctx, const char *content_type)
{
    struct invoke_call *call = ctx;

    (void)content_type; /* the request stores it, too */
    chutes__fed_call_begin(&call->fed);
    return leave_callback(call, chutes__invoke_answer_head(&call->answer));
}

static chutes_status on_data(void *ctx, const char *bytes, size_t *len)
{
    struct invoke_call *call = ctx;
    chutes_status status;

    if (*len == 0) {
        return CHUTES_OK;
    }
    chutes__fed_call_begin(&call->fed);
    status = leave_callback(
        call, chutes__invoke_answer_add(&call->answer, bytes, *len));
    if (status == CHUTES_OK) {
        chutes__fed_call_forget(&call->fed, &call->body);
    }
    return status;
}

static chutes_status on_end(void *ctx, chutes_status status)
{
    struct invoke_call *call = ctx;

    return chutes__request_is_answer(&call->fed.request)
               ? chutes__invoke_answer_finish(&call->answer, status)
               : status;
}

static void dispose(struct chutes_call *handle)
{
    struct invoke_call *call = (struct invoke_call *)handle;

    chutes__request_dispose(&call->fed.request);
    chutes__invoke_answer_dispose(&call->answer);
    chutes__invoke_target_dispose(&call->target);
    chutes__buf_dispose(&call->body);
    chutes__upload_dispose(&call->upload);
    chutes__arena_dispose(&call->arena);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct invoke_call *call = ctx;
    chutes_invoke_response *response = NULL;
    chutes_error own;

    if (status == CHUTES_OK) {
        response = chutes__invoke_answer_build(&call->answer, &call->arena);
    }
    if (status == CHUTES_OK && response == NULL) {
        status = chutes__request_fail_result(&call->fed.request, &own);
        error = &own;
    }
    chutes__call_end(&call->fed.call, status, response, error);
}

static bool can_resume(void *ctx)
{
    return chutes__invoke_answer_can_resume(
        &((const struct invoke_call *)ctx)->answer);
}

static const struct chutes__receiver RECEIVER = {
    .on_restart = on_restart,
    .can_resume = can_resume,
    .on_head = on_head,
    .on_data = on_data,
    .on_end = on_end,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
};

/* ---- the start ----------------------------------------------------------- */

/* Checks the parameters, and copies what the call needs later. */
static chutes_status prepare(struct invoke_call *call,
                             const chutes_invoke_params *params,
                             struct chutes__request_options *options,
                             chutes_error *error)
{
    const struct chutes__config *config = call->fed.call.config;
    chutes_status status =
        chutes__invoke_method(params, &options->method, error);

    if (status == CHUTES_OK) {
        status = chutes__invoke_target_init(&call->target, config, params,
                                            &call->arena, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__encode_invoke(params, config->options.max_json_depth,
                                       &call->body, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__invoke_lines(params, options, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__invoke_resume_init(&call->answer.resume, params,
                                            options, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(config, params->call_options,
                                      &options->rules, error);
    }
    options->rules.clocks.progress_ms = 0; /* bytes are not events */
    if (status == CHUTES_OK) {
        call->upload.max_bytes = config->options.max_request_bytes;
        call->upload.progress = &call->answer.progress;
        status =
            chutes__invoke_upload_open(&call->upload, params, options, error);
    }
    return status == CHUTES_OK
               ? chutes__invoke_answer_open(&call->answer, params, error)
               : status;
}

/* POST, PUT and PATCH have a body even if it is empty. */
static bool has_body(const struct invoke_call *call, const char *method)
{
    return call->body.len > 0 ||
           (strcmp(method, "GET") != 0 && strcmp(method, "DELETE") != 0);
}

static chutes_status start_request(struct invoke_call *call,
                                   const chutes_invoke_params *params,
                                   chutes_error *error)
{
    struct chutes__request_options options = {
        .model = "",
        .span = call->fed.call.span,
        .arena = &call->arena,
        .receiver = &RECEIVER,
        .ctx = call,
    };
    chutes_status status = prepare(call, params, &options, error);

    if (status != CHUTES_OK) {
        return status;
    }
    options.base = &call->target.base;
    options.path = call->target.path;
    options.is_foreign = call->target.is_foreign;
    if (options.source == NULL && has_body(call, options.method)) {
        options.body = &call->body;
    }
    if (strcmp(options.method, options.body != NULL ? "POST" : "GET") == 0) {
        options.method = NULL; /* as in other calls, which share handles */
    }
    return chutes__request_start(
        &call->fed.request, &call->fed.call.loop->requests, &options, error);
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct invoke_call *call = (struct invoke_call *)handle;
    const chutes_client_options *options = &handle->config->options;
    chutes_status status;

    chutes__arena_init(&call->arena);
    chutes__buf_init(&call->body, options->max_request_bytes);
    status = chutes__invoke_answer_init(&call->answer, &call->fed.request,
                                        params, options, &call->arena);
    return status == CHUTES_OK ? start_request(call, params, error)
                               : chutes__fail_status(error, status);
}

static void set_defaults(void *params)
{
    chutes_invoke_params_init(params, sizeof(chutes_invoke_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_invoke_done_fn)on_done_fn)(status, response, error, user_data);
}

static void free_response(void *response)
{
    chutes_invoke_response_free(response);
}

const struct chutes__call_type chutes__invoke_call_type = {
    .size = sizeof(struct invoke_call),
    .params_size = sizeof(chutes_invoke_params),
    .name = "invoke",
    .options_at = offsetof(chutes_invoke_params, call_options),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_response,
    .cancel = chutes__fed_call_cancel,
    .pause = chutes__fed_call_pause,
    .resume = chutes__fed_call_resume,
};
