/* SPDX-License-Identifier: MIT */
#include "loop_call.h"
#include "test.h"

#include <string.h>

#include "base/clock.h"

static void finish(struct loop_call *call, chutes_status status,
                   const chutes_error *error)
{
    call->done++;
    call->was_done_inside_start |= call->is_starting;
    call->was_late |=
        call->handle != NULL && !chutes_call_is_done(call->handle);
    call->active_at_done = chutes_loop_active(call->loop);
    call->call.status = status;
    call->call.error = *error;
    if (call->on_done != NULL) {
        call->on_done(call, call->user_data);
    }
}

static void on_chat(chutes_status status, chutes_chat_response *response,
                    const chutes_error *error, void *user_data)
{
    struct loop_call *call = user_data;

    call->call.chat = response;
    finish(call, status, error);
}

static void on_embed(chutes_status status, chutes_embed_response *response,
                     const chutes_error *error, void *user_data)
{
    struct loop_call *call = user_data;

    call->call.embed = response;
    finish(call, status, error);
}

static void on_models(chutes_status status, chutes_models_response *response,
                      const chutes_error *error, void *user_data)
{
    struct loop_call *call = user_data;

    call->call.models = response;
    finish(call, status, error);
}

static void on_invoke(chutes_status status, chutes_invoke_response *response,
                      const chutes_error *error, void *user_data)
{
    struct loop_call *call = user_data;

    call->call.invoke = response;
    finish(call, status, error);
}

static void on_rerank(chutes_status status, chutes_rerank_response *response,
                      const chutes_error *error, void *user_data)
{
    struct loop_call *call = user_data;

    call->call.rerank = response;
    finish(call, status, error);
}

static int on_event(const chutes_chat_event *event, void *user_data)
{
    struct loop_call *call = user_data;

    call->events_behind_done += call->done > 0;
    return call_on_event(event, &call->call.events);
}

static chutes_status start_chat(struct loop_call *call,
                                const chutes_chat_params *params)
{
    chutes_chat_params own = *params;

    if (call->model != NULL) {
        own.model = call->model;
    }
    if (call->call.kind == CALL_STREAM) {
        own.on_event = on_event;
        own.user_data = call;
    }
    return chutes_chat_start(call->loop, &own, on_chat, call, &call->handle,
                             &call->call.error);
}

static chutes_status start_embed(struct loop_call *call)
{
    static const char *const input[] = {CALL_PROMPT " one", CALL_PROMPT " two"};
    chutes_embed_params params = chutes_embed_params_default();

    params.model = call->model != NULL ? call->model : "m";
    params.input = input;
    params.input_count = 2;
    return chutes_embed_start(call->loop, &params, on_embed, call,
                              &call->handle, &call->call.error);
}

static chutes_status start(struct loop_call *call,
                           const chutes_chat_params *params)
{
    chutes_invoke_params invoke = call_invoke_params();
    chutes_rerank_params rerank = call_rerank_params();

    switch (call->call.kind) {
    case CALL_EMBED:
        return start_embed(call);
    case CALL_MODELS:
        return chutes_models_list_start(call->loop, NULL, on_models, call,
                                        &call->handle, &call->call.error);
    case CALL_INVOKE:
        return chutes_invoke_start(call->loop, &invoke, on_invoke, call,
                                   &call->handle, &call->call.error);
    case CALL_RERANK:
        return chutes_rerank_start(call->loop, &rerank, on_rerank, call,
                                   &call->handle, &call->call.error);
    default:
        return start_chat(call, params);
    }
}

chutes_status loop_call_start_chat(struct loop_call *call, chutes_loop *loop,
                                   const chutes_chat_params *params)
{
    chutes_status status;

    call->loop = loop;
    memset(&call->call.error, 0xAA, sizeof(call->call.error));
    call->is_starting = true;
    status = start(call, params);
    call->is_starting = false;
    assert_int_equal(call->handle != NULL, status == CHUTES_OK);
    return status;
}

chutes_status loop_call_start(struct loop_call *call, chutes_loop *loop)
{
    chutes_chat_params params = call_chat_params();

    return loop_call_start_chat(call, loop, &params);
}

chutes_loop *loop_of_client(chutes_client *client)
{
    chutes_loop *loop = NULL;
    chutes_error error;

    if (chutes_loop_new(client, &loop, &error) != CHUTES_OK) {
        fail_msg("no loop: %s", error.message);
    }
    return loop;
}

/* Polls until the call is done or, if `count` isn't 0, has had this many
 * events. Returns false on timeout. */
static bool await(struct loop_call *call, int count, int timeout_ms)
{
    int64_t deadline_us =
        chutes__clock_after_ms(chutes__clock_now_us(), timeout_ms);

    while (call->done == 0 && (count == 0 || call->call.events.count < count)) {
        int64_t left_us = deadline_us - chutes__clock_now_us();

        if (left_us <= 0) {
            return false;
        }
        assert_int_equal(
            chutes_loop_poll(call->loop, (int)(left_us / 1000) + 1), CHUTES_OK);
    }
    return true;
}

bool loop_call_await(struct loop_call *call, int timeout_ms)
{
    return await(call, 0, timeout_ms);
}

bool loop_call_await_events(struct loop_call *call, int count, int timeout_ms)
{
    return await(call, count, timeout_ms);
}

void loop_poll_for(chutes_loop *loop, int duration_ms)
{
    int64_t deadline_us =
        chutes__clock_after_ms(chutes__clock_now_us(), duration_ms);
    int64_t left_us = deadline_us - chutes__clock_now_us();

    while (left_us > 0) {
        assert_int_equal(chutes_loop_poll(loop, (int)(left_us / 1000) + 1),
                         CHUTES_OK);
        left_us = deadline_us - chutes__clock_now_us();
    }
}

void loop_call_check(const struct loop_call *call, chutes_status status)
{
    if (call->done != 1) {
        fail_msg("%s: on_done came %d times", call_kind_name(call->call.kind),
                 call->done);
    }
    if (call->call.status != status) {
        fail_msg("%s: %s: %s", call_kind_name(call->call.kind),
                 chutes_status_name(call->call.status),
                 call->call.error.message);
    }
    assert_int_equal(call->call.error.status, status);
    assert_int_equal(call->events_behind_done, 0);
    assert_false(call->was_done_inside_start);
    assert_false(call->was_late);
    assert_int_equal(call_leaks(), 0);
}

void loop_call_dispose(struct loop_call *call)
{
    chutes_call_free(call->handle);
    call_dispose(&call->call);
    memset(call, 0, sizeof(*call));
}
