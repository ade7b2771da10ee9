/* SPDX-License-Identifier: MIT */
/*
 * A call on an operation: a single request, or one after the other until the
 * operation is over. Between two requests, the call waits for its alarm.
 */
#include "client/operation_call.h"

#include <string.h>

#include "base/error.h"
#include "client/call.h"
#include "client/config.h"
#include "client/invoke_target.h"
#include "client/json_result.h"
#include "client/params.h"
#include "client/poll.h"
#include "codec/operation_answer.h"

CHUTES__ASSERT_PARAMS(chutes_operation_params, reserved);
CHUTES__ASSERT_RESPONSE(chutes_operation);

struct operation_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__json_result *result; /* in the arena of the request */
    struct chutes__invoke_target target;
    struct chutes__arena arena; /* for the target and the URL */
    const char *url;            /* the operation's own, without its query */
    struct chutes__call_rules rules;
    chutes_operation_params params; /* the texts may be freed already */
    struct chutes__poll poll;
};

static const struct chutes__operation_kind *
kind_of(const struct operation_call *call)
{
    return (const struct chutes__operation_kind *)call->call.type;
}

static chutes_operation *operation_of(const struct operation_call *call)
{
    return (chutes_operation *)call->result->response;
}

/* ---- the end ------------------------------------------------------------- */

static void dispose(struct chutes_call *handle)
{
    struct operation_call *call = (struct operation_call *)handle;

    chutes__poll_close(&call->poll);
    chutes__json_request_dispose(&call->json);
    chutes__invoke_target_dispose(&call->target);
    chutes__arena_dispose(&call->arena);
}

/* ---- the wait ------------------------------------------------------------ */

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct operation_call *call = ctx;
    struct chutes__arena *arena = &call->json.arena;
    chutes_status status;

    call->result =
        chutes__json_result_new(arena, sizeof(chutes_operation), error);
    if (call->result == NULL) {
        return error->status;
    }
    status = chutes__decode_operation(
        answer, call->call.config->options.max_json_depth, call->url, arena,
        operation_of(call), error);
    if (status != CHUTES_OK || !kind_of(call)->waits) {
        return status;
    }
    status = chutes__operation_judge(operation_of(call), error);
    if (status != CHUTES_OK) {
        call->result->is_partial = true;
        /* The operation has failed, not the request: another request would
         * return the same result, whatever the code of the failure is. */
        chutes__request_commit(&call->json.request);
    }
    return status;
}

/* Reports the status. Returns false if the callback or another thread has
 * cancelled the call. */
static bool goes_on(struct operation_call *call)
{
    return (call->params.on_status == NULL ||
            call->params.on_status(operation_of(call),
                                   call->params.user_data) == 0) &&
           !chutes__call_was_cancelled(&call->call);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct operation_call *call = ctx;
    bool is_ours = status == CHUTES_ERR_TIMEOUT && kind_of(call)->waits;
    bool is_told = status == CHUTES_OK && kind_of(call)->waits;

    if (is_ours && chutes__poll_is_late(&call->poll)) {
        chutes__poll_fail(&call->poll, CHUTES_ERR_TIMEOUT);
    } else if (is_told && !goes_on(call)) {
        chutes__poll_fail(&call->poll, CHUTES_ERR_CANCELLED);
    } else if (is_told && !operation_of(call)->is_over) {
        chutes__poll_plan(&call->poll, chutes__header_list_retry_after_ms(
                                           &call->json.request.headers));
    } else {
        /* If the operation itself has failed, the result is delivered with the
         * error. */
        chutes__json_result_deliver(call->result, &call->json, &call->call,
                                    status, error);
    }
}

static const struct chutes__json_receiver RECEIVER = {
    .decode = decode,
    .on_done = on_done,
    .is_cancelled = chutes__call_is_cancelled,
};

/* ---- a request ----------------------------------------------------------- */

static chutes_status ask(struct chutes_call *handle, chutes_error *error)
{
    struct operation_call *call = (struct operation_call *)handle;
    struct chutes__request_options options = {
        .base = &call->target.base,
        .path = call->target.path,
        .is_foreign = call->target.is_foreign,
        .method = kind_of(call)->method,
        .model = "",
        .rules = call->rules,
        .span = call->call.span,
    };

    chutes__json_request_dispose(&call->json); /* the last one */
    call->result = NULL;
    if (kind_of(call)->waits) {
        chutes__poll_limit(&call->poll, &options.rules.clocks.total_ms);
    }
    return chutes__json_request_start(&call->json, &call->call.loop->requests,
                                      options, &RECEIVER, call, error);
}

static void cancel(struct chutes_call *handle)
{
    chutes__poll_cancel(&((struct operation_call *)handle)->poll);
}

/* ---- the start ----------------------------------------------------------- */

/* Appends the suffix of the kind to the path. */
static chutes_status extend_path(struct operation_call *call,
                                 chutes_error *error)
{
    size_t len = strlen(call->target.path);
    size_t more = strlen(kind_of(call)->suffix);
    char *path = chutes__arena_alloc(&call->arena, 1, len + more + 1);

    if (path == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    memcpy(path, call->target.path, len);
    memcpy(path + len, kind_of(call)->suffix, more + 1);
    call->target.path = path;
    return CHUTES_OK;
}

static chutes_status prepare(struct operation_call *call, chutes_error *error)
{
    const struct chutes__config *config = call->call.config;
    chutes_invoke_params where = chutes_invoke_params_default();
    chutes_status status = chutes__poll_check(&call->poll.times, error);

    where.url = call->params.url;
    where.path = call->params.path;
    where.send_key = call->params.send_key;
    if (status == CHUTES_OK) {
        status = chutes__invoke_target_init(&call->target, config, &where,
                                            &call->arena, error);
    }
    if (status == CHUTES_OK) {
        call->url = chutes__url_join(&call->arena, &call->target.base,
                                     call->target.path, "");
        status = call->url != NULL
                     ? extend_path(call, error)
                     : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(config, call->params.call_options,
                                      &call->rules, error);
    }
    if (kind_of(call)->waits) {
        chutes__poll_relax(&call->rules);
    }
    return status == CHUTES_OK ? chutes__poll_open(&call->poll, error) : status;
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    static const struct chutes__poll_kind kind = {
        .ask = ask, .late = "the operation was not over"};
    struct operation_call *call = (struct operation_call *)handle;
    chutes_status status;

    memcpy(&call->params, params, sizeof(call->params));
    chutes__arena_init(&call->arena);
    call->poll = (struct chutes__poll){.kind = &kind,
                                       .times = {call->params.wait_timeout_ms,
                                                 call->params.min_poll_ms,
                                                 call->params.max_poll_ms},
                                       .call = handle,
                                       .request = &call->json.request};
    status = prepare(call, error);
    return status == CHUTES_OK ? ask(handle, error) : status;
}

static void set_defaults(void *params)
{
    chutes_operation_params_init(params, sizeof(chutes_operation_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    ((chutes_operation_done_fn)on_done_fn)(status, response, error, user_data);
}

/* Initializes the members of the type that all kinds share. */
#define TYPE                                                                 \
    {                                                                        \
        .size = sizeof(struct operation_call),                               \
        .params_size = sizeof(chutes_operation_params), .name = "operation", \
        .options_at = offsetof(chutes_operation_params, call_options),       \
        .set_defaults = set_defaults, .begin = begin, .dispose = dispose,    \
        .deliver = deliver, .free_response = chutes__json_result_free,       \
        .cancel = cancel,                                                    \
    }

const struct chutes__operation_kind chutes__operation_get = {.type = TYPE,
                                                             .suffix = ""};
const struct chutes__operation_kind chutes__operation_wait = {
    .type = TYPE, .waits = true, .suffix = ""};
const struct chutes__operation_kind chutes__operation_cancel = {
    .type = TYPE, .method = "POST", .suffix = "/cancel"};
