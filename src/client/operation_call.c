/* SPDX-License-Identifier: MIT */
/*
 * A call on an operation: one request, or one after the other until the
 * operation is over. Between two of them, the call waits for its alarm.
 */
#include "client/operation_call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "client/call.h"
#include "client/config.h"
#include "client/invoke_target.h"
#include "client/json_result.h"
#include "client/params.h"
#include "codec/operation_answer.h"

CHUTES__ASSERT_PARAMS(chutes_operation_params, reserved);
CHUTES__ASSERT_RESPONSE(chutes_operation);

enum { MAX_POLL_MS = 3600000 };

struct operation_call {
    struct chutes_call call; /* first, so that one casts to the other */
    struct chutes__json_request json;
    struct chutes__json_result *result; /* in the arena of the request */
    struct chutes__invoke_target target;
    struct chutes__arena arena; /* for the target and the URL */
    const char *url;            /* the operation's own, without its query */
    struct chutes__call_rules rules;
    chutes_operation_params params; /* without its pointers to texts */
    struct chutes__alarm alarm;
    bool is_waiting; /* for the alarm; no request is in progress */
    int64_t poll_ms;
    int64_t deadline_us;
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

    if (call->alarm.on_due != NULL) {
        chutes__engine_alarm_remove(handle->loop->engine, &call->alarm);
    }
    chutes__json_request_dispose(&call->json);
    chutes__invoke_target_dispose(&call->target);
    chutes__arena_dispose(&call->arena);
}

/* Ends a call between two requests. */
static void fail(struct operation_call *call, chutes_status status)
{
    chutes_error error;

    chutes__error_clear(&error);
    error.attempts = call->json.request.attempts;
    error.http_status = call->json.request.http_status;
    if (status == CHUTES_ERR_TIMEOUT) {
        chutes__fail(&error, status,
                     "the operation was not over after %lld ms "
                     "(wait_timeout_ms)",
                     (long long)call->params.wait_timeout_ms);
    } else {
        chutes__fail_status(&error, status);
    }
    chutes__call_end(&call->call, status, NULL, &error);
}

/* ---- the wait ------------------------------------------------------------ */

static bool is_late(const struct operation_call *call)
{
    return chutes__clock_now_us() >= call->deadline_us;
}

/* Sets the alarm for the next request, or for the deadline. */
static void plan_next(struct operation_call *call)
{
    int64_t asked_ms =
        chutes__header_list_retry_after_ms(&call->json.request.headers);
    int64_t wait_ms = asked_ms > 0 ? asked_ms : call->poll_ms;
    int64_t due_us;

    wait_ms = wait_ms < MAX_POLL_MS ? wait_ms : MAX_POLL_MS;
    due_us = chutes__clock_after_ms(chutes__clock_now_us(), wait_ms);

    call->poll_ms += call->poll_ms / 2 + 1;
    if (call->poll_ms > call->params.max_poll_ms) {
        call->poll_ms = call->params.max_poll_ms;
    }
    call->is_waiting = true;
    chutes__engine_alarm_set(call->call.loop->engine, &call->alarm,
                             due_us < call->deadline_us ? due_us
                                                        : call->deadline_us);
}

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
    return status == CHUTES_OK && kind_of(call)->waits
               ? chutes__operation_judge(operation_of(call), error)
               : status;
}

/* The callback may cancel the call. */
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

    if (is_ours && is_late(call)) {
        fail(call, CHUTES_ERR_TIMEOUT);
    } else if (status != CHUTES_OK) {
        chutes__call_end(&call->call, status, NULL, error);
    } else if (kind_of(call)->waits && !goes_on(call)) {
        fail(call, CHUTES_ERR_CANCELLED);
    } else if (kind_of(call)->waits && !operation_of(call)->is_over) {
        plan_next(call);
    } else {
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

static chutes_status start_request(struct operation_call *call,
                                   chutes_error *error)
{
    struct chutes__request_options options = {
        .base = &call->target.base,
        .path = call->target.path,
        .is_foreign = call->target.is_foreign,
        .method = kind_of(call)->method,
        .model = "",
        .rules = call->rules,
    };
    int64_t *total_ms = &options.rules.clocks.total_ms;

    if (kind_of(call)->waits && call->deadline_us != CHUTES__CLOCK_NEVER) {
        int64_t left_ms =
            (call->deadline_us - chutes__clock_now_us()) / 1000 + 1;

        *total_ms = *total_ms > 0 && *total_ms < left_ms ? *total_ms : left_ms;
    }
    return chutes__json_request_start(&call->json, &call->call.loop->requests,
                                      options, &RECEIVER, call, error);
}

static void on_alarm(void *ctx)
{
    struct operation_call *call = ctx;
    chutes_error error;
    chutes_status status;

    call->is_waiting = false;
    if (chutes__call_was_cancelled(&call->call)) {
        fail(call, CHUTES_ERR_CANCELLED);
        return;
    }
    if (is_late(call)) {
        fail(call, CHUTES_ERR_TIMEOUT);
        return;
    }
    chutes__json_request_dispose(&call->json);
    chutes__error_clear(&error);
    status = start_request(call, &error);
    if (status != CHUTES_OK) {
        chutes__call_end(&call->call, status, NULL, &error);
    }
}

static void cancel(struct chutes_call *handle)
{
    struct operation_call *call = (struct operation_call *)handle;

    if (call->is_waiting) {
        chutes__engine_alarm_set(handle->loop->engine, &call->alarm,
                                 chutes__clock_now_us());
    } else {
        chutes__request_cancel(&call->json.request);
    }
}

/* ---- the start ----------------------------------------------------------- */

static chutes_status check_times(const chutes_operation_params *params,
                                 chutes_error *error)
{
    const char *what = NULL;

    if (params->wait_timeout_ms < 0) {
        what = "wait_timeout_ms must be 0 or more";
    } else if (params->min_poll_ms < 1 || params->min_poll_ms > MAX_POLL_MS) {
        what = "min_poll_ms must be from 1 to 3600000";
    } else if (params->max_poll_ms < params->min_poll_ms ||
               params->max_poll_ms > MAX_POLL_MS) {
        what = "max_poll_ms must be from min_poll_ms to 3600000";
    }
    return what == NULL
               ? CHUTES_OK
               : chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT, "%s", what);
}

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
    chutes_status status = check_times(&call->params, error);

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
    /* To ask once more costs nothing. */
    if (kind_of(call)->waits && call->rules.retry.policy == CHUTES_RETRY_SAFE) {
        call->rules.retry.policy = CHUTES_RETRY_OPENAI;
    }
    if (status == CHUTES_OK &&
        chutes__engine_alarm_add(call->call.loop->engine, &call->alarm,
                                 on_alarm, call) != CHUTES_OK) {
        status = chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    return status;
}

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    struct operation_call *call = (struct operation_call *)handle;
    chutes_status status;

    memcpy(&call->params, params, sizeof(call->params));
    call->poll_ms = call->params.min_poll_ms;
    call->deadline_us =
        call->params.wait_timeout_ms > 0
            ? chutes__clock_after_ms(chutes__clock_now_us(),
                                     call->params.wait_timeout_ms)
            : CHUTES__CLOCK_NEVER;
    chutes__arena_init(&call->arena);
    status = prepare(call, error);
    return status == CHUTES_OK ? start_request(call, error) : status;
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

/* The type of all of them. */
#define TYPE                                                              \
    {                                                                     \
        .size = sizeof(struct operation_call),                            \
        .params_size = sizeof(chutes_operation_params),                   \
        .set_defaults = set_defaults, .begin = begin, .dispose = dispose, \
        .deliver = deliver, .free_response = chutes__json_result_free,    \
        .cancel = cancel,                                                 \
    }

const struct chutes__operation_kind chutes__operation_get = {.type = TYPE,
                                                             .suffix = ""};
const struct chutes__operation_kind chutes__operation_wait = {
    .type = TYPE, .waits = true, .suffix = ""};
const struct chutes__operation_kind chutes__operation_cancel = {
    .type = TYPE, .method = "POST", .suffix = "/cancel"};
