/* SPDX-License-Identifier: MIT */
/*
 * Requests the state of an operation, again and again if the call waits for its
 * end. Between two requests, the call waits for its alarm.
 */
#include "client/operation_call.h"

#include <string.h>

#include "client/call.h"
#include "client/config.h"
#include "codec/operation_answer.h"

static const struct chutes__operation_kind *
kind_of(const struct chutes__operation_call *call)
{
    return (const struct chutes__operation_kind *)call->call.type;
}

static chutes_operation *operation_of(const struct chutes__operation_call *call)
{
    return (chutes_operation *)call->result->response;
}

/* ---- the end ------------------------------------------------------------- */

void chutes__operation_call_dispose(struct chutes_call *handle)
{
    struct chutes__operation_call *call =
        (struct chutes__operation_call *)handle;

    chutes__poll_close(&call->poll);
    chutes__json_request_dispose(&call->json);
    chutes__operation_target_dispose(&call->target);
}

/* ---- the wait ------------------------------------------------------------ */

static chutes_status decode(void *ctx, struct chutes__slice answer,
                            chutes_error *error)
{
    struct chutes__operation_call *call = ctx;
    struct chutes__arena *arena = &call->json.arena;
    chutes_status status;

    call->result =
        chutes__json_result_new(arena, sizeof(chutes_operation), error);
    if (call->result == NULL) {
        return error->status;
    }
    status = chutes__decode_operation(
        answer, call->call.config->options.max_json_depth, call->target.url,
        arena, operation_of(call), error);
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
static bool goes_on(struct chutes__operation_call *call)
{
    return (call->params.on_status == NULL ||
            call->params.on_status(operation_of(call),
                                   call->params.user_data) == 0) &&
           !chutes__call_was_cancelled(&call->call);
}

static void on_done(void *ctx, chutes_status status, const chutes_error *error)
{
    struct chutes__operation_call *call = ctx;
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
    struct chutes__operation_call *call =
        (struct chutes__operation_call *)handle;
    struct chutes__request_options options = {
        .base = &call->target.where.base,
        .path = call->target.where.path,
        .is_foreign = call->target.where.is_foreign,
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

void chutes__operation_call_cancel(struct chutes_call *handle)
{
    chutes__poll_cancel(&((struct chutes__operation_call *)handle)->poll);
}

/* ---- the start ----------------------------------------------------------- */

static chutes_status prepare(struct chutes__operation_call *call,
                             chutes_error *error)
{
    const struct chutes__config *config = call->call.config;
    chutes_status status = chutes__poll_check(&call->poll.times, error);

    if (status == CHUTES_OK) {
        status = chutes__operation_target_init(
            &call->target, config, &call->params, kind_of(call)->suffix, error);
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

chutes_status chutes__operation_call_begin(struct chutes_call *handle,
                                           const void *params,
                                           chutes_error *error)
{
    static const struct chutes__poll_kind kind = {
        .ask = ask, .late = "the operation was not over"};
    struct chutes__operation_call *call =
        (struct chutes__operation_call *)handle;
    chutes_status status;

    memcpy(&call->params, params, sizeof(call->params));
    call->poll = (struct chutes__poll){.kind = &kind,
                                       .times = {call->params.wait_timeout_ms,
                                                 call->params.min_poll_ms,
                                                 call->params.max_poll_ms},
                                       .call = handle,
                                       .request = &call->json.request};
    status = prepare(call, error);
    return status == CHUTES_OK ? ask(handle, error) : status;
}
