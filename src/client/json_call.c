/* SPDX-License-Identifier: MIT */
/*
 * A call whose answer is one JSON document.
 */
#include "client/json_call.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"
#include "client/config.h"
#include "client/invoke_parts.h"
#include "client/json_target.h"

const struct chutes__endpoint *
chutes__json_call_endpoint(const struct chutes__json_call *call)
{
    return ((const struct chutes__json_call_kind *)call->call.type)->endpoint;
}

/* ---- what the request reports -------------------------------------------- */

chutes_status chutes__json_call_decode(void *ctx, struct chutes__slice answer,
                                       chutes_error *error)
{
    struct chutes__json_call *call = ctx;
    const struct chutes__endpoint *endpoint = chutes__json_call_endpoint(call);
    const struct chutes__endpoint_answer whole = {
        .text = answer.data,
        .len = answer.len,
        .max_depth = call->call.config->options.max_json_depth,
        .is_whole = call->json.request.is_whole,
        .content_type = call->json.request.content_type,
        .params = call->params,
        .arena = &call->arena,
    };

    call->result =
        chutes__json_result_new(&call->arena, endpoint->response_size, error);
    return call->result != NULL
               ? endpoint->decode(&whole, call->result->response, error)
               : error->status;
}

void chutes__json_call_dispose(struct chutes_call *handle)
{
    struct chutes__json_call *call = (struct chutes__json_call *)handle;

    chutes__json_request_dispose(&call->json);
    chutes__invoke_target_dispose(&call->target);
    chutes__buf_dispose(&call->body);
    chutes__upload_dispose(&call->upload);
    chutes__arena_dispose(&call->arena);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__json_call *call = ctx;

    chutes__json_result_deliver(call->result, &call->json, &call->call, status,
                                error);
}

void chutes__json_call_on_restart(void *ctx)
{
    struct chutes__json_call *call = ctx;

    call->progress.so_far.received = 0;
    call->progress.so_far.to_receive = -1;
}

chutes_status chutes__json_call_on_growth(void *ctx, struct chutes__buf *answer,
                                          size_t len)
{
    struct chutes__json_call *call = ctx;
    struct chutes__request *request = &call->json.request;
    chutes_invoke_progress *so_far = &call->progress.so_far;

    (void)answer;
    if (call->progress.report == NULL) {
        return CHUTES_OK;
    }
    so_far->received += len;
    so_far->to_receive =
        chutes__header_list_count(&request->headers, "Content-Length");
    if (chutes__invoke_progress_tell(&call->progress) &&
        !chutes__call_was_cancelled(&call->call)) {
        return CHUTES_OK;
    }
    return chutes__fail_status(chutes__request_error(request),
                               CHUTES_ERR_CANCELLED);
}

static const struct chutes__json_receiver RECEIVER = {
    .on_restart = chutes__json_call_on_restart,
    .on_growth = chutes__json_call_on_growth,
    .decode = chutes__json_call_decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
};

void chutes__json_call_cancel(struct chutes_call *call)
{
    chutes__request_cancel(&((struct chutes__json_call *)call)->json.request);
}

bool chutes__json_call_read_use(const struct chutes_call *call,
                                const void *response, struct chutes__use *use)
{
    const struct chutes__endpoint *endpoint =
        ((const struct chutes__json_call_kind *)call->type)->endpoint;
    struct chutes__endpoint_response head;

    if (endpoint->usage_at == 0) {
        return false;
    }
    memcpy(&head, response, sizeof(head));
    *use = (struct chutes__use){.answered = "", .asked = head.info->model};
    memcpy(&use->usage, (const char *)response + endpoint->usage_at,
           sizeof(use->usage));
    if (endpoint->model_at != 0) {
        memcpy(&use->answered, (const char *)response + endpoint->model_at,
               sizeof(use->answered));
    }
    return true;
}

/* ---- for the starts of calls --------------------------------------------- */

chutes_status chutes__json_call_open(struct chutes__json_call *call,
                                     const void *params, chutes_error *error)
{
    size_t size = call->call.type->params_size;

    chutes__arena_init(&call->arena);
    chutes__buf_init(&call->body, call->call.config->options.max_request_bytes);
    call->params = chutes__arena_alloc(&call->arena, 1, size);
    if (call->params == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    memcpy(call->params, params, size);
    return CHUTES_OK;
}

chutes_status chutes__json_call_send(struct chutes__json_call *call,
                                     struct chutes__request_options *options,
                                     chutes_error *error)
{
    options->accept = chutes__json_call_endpoint(call)->accept;
    options->is_metered = chutes__json_call_endpoint(call)->usage_at != 0;
    if (options->base == NULL) {
        options->base = &call->target.base;
        options->path = call->target.path;
        options->is_foreign = call->target.is_foreign;
    }
    options->span = call->call.span;
    options->arena = &call->arena;
    return chutes__json_request_start(
        &call->json, &call->call.loop->requests, *options,
        call->receiver != NULL ? call->receiver : &RECEIVER, call, error);
}

/* ---- the start ----------------------------------------------------------- */

static chutes_status open_form(struct chutes__json_call *call,
                               struct chutes__request_options *options,
                               chutes_error *error)
{
    chutes_invoke_params params = chutes_invoke_params_default();
    struct chutes__endpoint_form form = {NULL, 0, NULL};
    chutes_status status = chutes__json_call_endpoint(call)->make_form(
        call->params, &call->arena, &form, error);

    if (status != CHUTES_OK) {
        return status;
    }
    params.parts = form.parts;
    params.part_count = form.count;
    call->upload.max_bytes = call->call.config->options.max_request_bytes;
    call->upload.progress = &call->progress;
    options->source = &call->upload.source;
    return chutes__invoke_parts_open(&call->upload, &params, form.path_fields,
                                     options, error);
}

/* Writes the body, or opens what is read while it is sent. */
static chutes_status make_body(struct chutes__json_call *call,
                               const struct chutes__endpoint_params *params,
                               struct chutes__request_options *options,
                               chutes_error *error)
{
    const struct chutes__endpoint *endpoint = chutes__json_call_endpoint(call);

    if (endpoint->make_form != NULL &&
        (endpoint->chute_path == NULL ||
         chutes__endpoint_is_openai(endpoint, params))) {
        return open_form(call, options, error);
    }
    options->body = &call->body;
    return chutes__encode_endpoint(endpoint, call->params,
                                   call->call.config->options.max_json_depth,
                                   &call->body, error);
}

/* Reads who wants to know how far the request has come. */
static void set_watcher(struct chutes__json_call *call)
{
    size_t at = chutes__json_call_endpoint(call)->watcher_at;
    struct chutes__endpoint_watcher watcher = {NULL, NULL};

    if (at != 0) {
        memcpy(&watcher, (const char *)call->params + at, sizeof(watcher));
    }
    call->progress = (struct chutes__invoke_progress){
        .report = watcher.on_progress,
        .user_data = watcher.user_data,
        .so_far = {.to_receive = -1},
    };
}

static chutes_status start_request(struct chutes__json_call *call,
                                   chutes_error *error)
{
    const struct chutes__config *config = call->call.config;
    struct chutes__endpoint_params params;
    struct chutes__request_options options = {.arena = &call->arena};
    chutes_status status;

    memcpy(&params, call->params, sizeof(params));
    set_watcher(call);
    status = chutes__json_target_init(&call->target, config,
                                      chutes__json_call_endpoint(call), &params,
                                      &call->arena, error);
    if (status == CHUTES_OK) {
        status = make_body(call, &params, &options, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(config, params.call_options,
                                      &options.rules, error);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    options.model = chutes__arena_dup(
        &call->arena,
        chutes__slice_of(params.model != NULL ? params.model : ""));
    if (options.model == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return chutes__json_call_send(call, &options, error);
}

chutes_status chutes__json_call_begin(struct chutes_call *handle,
                                      const void *params, chutes_error *error)
{
    struct chutes__json_call *call = (struct chutes__json_call *)handle;
    chutes_status status = chutes__json_call_open(call, params, error);

    return status == CHUTES_OK ? start_request(call, error) : status;
}
