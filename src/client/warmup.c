/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that wait until a chute is hot, and the start of such
 * a call.
 */
#include <chutes/warmup.h>

#include "base/error.h"
#include "client/api_call.h"
#include "client/blocking.h"
#include "client/config.h"
#include "client/params.h"
#include "client/warmup_call.h"
#include "codec/chute_path.h"

CHUTES__ASSERT_PARAMS(chutes_warmup_params, max_poll_ms);

/* ---- the start ----------------------------------------------------------- */

static chutes_status begin(struct chutes_call *handle, const void *params,
                           chutes_error *error)
{
    static const struct chutes__poll_kind kind = {
        .ask = chutes__warmup_ask, .late = "the chute was not hot"};
    struct chutes__warmup_call *call = (struct chutes__warmup_call *)handle;
    const chutes_client_options *limits = &handle->config->options;
    const chutes_warmup_params *own = params;
    const struct chutes__sse_sink sink = {.on_event = chutes__warmup_on_event,
                                          .on_residue =
                                              chutes__warmup_on_residue,
                                          .ctx = call};
    chutes_status status;

    call->params = *own;
    call->poll = (struct chutes__poll){
        .kind = &kind,
        .times = {own->wait_timeout_ms, own->min_poll_ms, own->max_poll_ms},
        .call = handle,
        .request = &call->request};
    chutes__arena_init(&call->arena);
    chutes__arena_init(&call->event);
    chutes__buf_init(&call->path, SIZE_MAX);
    chutes__sse_init(&call->sse, sink, limits->max_line_bytes,
                     limits->max_event_bytes);
    status = chutes__poll_check(&call->poll.times, error);
    if (status == CHUTES_OK) {
        status = chutes__chute_path_write(&call->path, "chutes/warmup/",
                                          own->chute, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__api_base(handle->config, own->base_url, "",
                                  &call->base, error);
    }
    if (status == CHUTES_OK) {
        status = chutes__config_rules(handle->config, own->call_options,
                                      &call->rules, error);
    }
    chutes__poll_relax(&call->rules);
    if (status == CHUTES_OK) {
        status = chutes__poll_open(&call->poll, error);
    }
    return status == CHUTES_OK ? chutes__warmup_ask(handle, error) : status;
}

static void cancel(struct chutes_call *handle)
{
    chutes__poll_cancel(&((struct chutes__warmup_call *)handle)->poll);
}

static void dispose(struct chutes_call *handle)
{
    struct chutes__warmup_call *call = (struct chutes__warmup_call *)handle;

    chutes__poll_close(&call->poll);
    chutes__request_dispose(&call->request);
    chutes__url_dispose(&call->base);
    chutes__buf_dispose(&call->path);
    chutes__arena_dispose(&call->arena);
    chutes__arena_dispose(&call->event);
    chutes__sse_dispose(&call->sse);
}

static void set_defaults(void *params)
{
    chutes_warmup_params_init(params, sizeof(chutes_warmup_params));
}

static void deliver(chutes__done_fn on_done_fn, chutes_status status,
                    void *response, const chutes_error *error, void *user_data)
{
    (void)response;
    ((chutes_warmup_done_fn)on_done_fn)(status, error, user_data);
}

static void free_nothing(void *response)
{
    (void)response;
}

static const struct chutes__call_type TYPE = {
    .size = sizeof(struct chutes__warmup_call),
    .params_size = sizeof(chutes_warmup_params),
    .name = "warmup",
    .options_at = offsetof(chutes_warmup_params, call_options),
    .set_defaults = set_defaults,
    .begin = begin,
    .dispose = dispose,
    .deliver = deliver,
    .free_response = free_nothing,
    .cancel = cancel,
};

chutes_status chutes_warmup(chutes_client *client,
                            const chutes_warmup_params *params,
                            chutes_error *error)
{
    return chutes__blocking_call(&TYPE, client, params, NULL, error);
}

chutes_status chutes_warmup_start(chutes_loop *loop,
                                  const chutes_warmup_params *params,
                                  chutes_warmup_done_fn on_done_fn,
                                  void *user_data, chutes_call **call,
                                  chutes_error *error)
{
    return chutes__call_start(&TYPE, loop, params, (chutes__done_fn)on_done_fn,
                              user_data, call, error);
}
