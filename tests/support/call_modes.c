/* SPDX-License-Identifier: MIT */
#include "call_modes.h"
#include "test.h"

#include <string.h>

/* A call on its loop. */
struct run {
    struct call *call;
    chutes_loop *loop;
    chutes_call *handle;
    bool is_starting;
};

static void take_end(struct run *run, chutes_status status,
                     const chutes_error *error)
{
    struct call *call = run->call;

    assert_false(run->is_starting);
    assert_non_null(error);
    assert_int_equal(call->dones, 0);
    assert_true(chutes_call_is_done(run->handle));
    call->dones++;
    call->status = status;
    call->error = *error;
    call->events.is_over = true;
}

static void on_chat_done(chutes_status status, chutes_chat_response *response,
                         const chutes_error *error, void *user_data)
{
    struct run *run = user_data;

    take_end(run, status, error);
    run->call->chat = response;
}

static void on_embed_done(chutes_status status, chutes_embed_response *response,
                          const chutes_error *error, void *user_data)
{
    struct run *run = user_data;

    take_end(run, status, error);
    run->call->embed = response;
}

static void on_models_done(chutes_status status,
                           chutes_models_response *response,
                           const chutes_error *error, void *user_data)
{
    struct run *run = user_data;

    take_end(run, status, error);
    run->call->models = response;
}

static void on_invoke_done(chutes_status status,
                           chutes_invoke_response *response,
                           const chutes_error *error, void *user_data)
{
    struct run *run = user_data;

    take_end(run, status, error);
    run->call->invoke = response;
}

static void on_rerank_done(chutes_status status,
                           chutes_rerank_response *response,
                           const chutes_error *error, void *user_data)
{
    struct run *run = user_data;

    take_end(run, status, error);
    run->call->rerank = response;
}

static chutes_status start_chat(struct run *run,
                                const chutes_chat_params *params)
{
    struct call *call = run->call;
    chutes_chat_params own = *params;

    if (call->kind == CALL_STREAM) {
        own.on_event = call_on_event;
        own.user_data = &call->events;
    }
    return chutes_chat_start(run->loop, &own, on_chat_done, run, &run->handle,
                             &call->error);
}

static chutes_status start(struct run *run, const chutes_chat_params *params)
{
    struct call *call = run->call;
    chutes_embed_params embed = call_embed_params();
    chutes_invoke_params invoke = call_invoke_params();
    chutes_rerank_params rerank = call_rerank_params();

    switch (call->kind) {
    case CALL_EMBED:
        return chutes_embed_start(run->loop, &embed, on_embed_done, run,
                                  &run->handle, &call->error);
    case CALL_MODELS:
        return chutes_models_list_start(run->loop, NULL, on_models_done, run,
                                        &run->handle, &call->error);
    case CALL_INVOKE:
        return chutes_invoke_start(run->loop, &invoke, on_invoke_done, run,
                                   &run->handle, &call->error);
    case CALL_RERANK:
        return chutes_rerank_start(run->loop, &rerank, on_rerank_done, run,
                                   &run->handle, &call->error);
    default:
        return start_chat(run, params);
    }
}

/* Polls until the call ends, then a little longer, to see late events. */
static void drive(struct run *run)
{
    assert_int_equal(chutes_loop_active(run->loop), 1);
    assert_false(chutes_call_is_done(run->handle));
    while (run->call->dones == 0) {
        assert_int_equal(chutes_loop_poll(run->loop, -1), CHUTES_OK);
    }
    assert_int_equal(chutes_loop_active(run->loop), 0);
    assert_int_equal(chutes_loop_poll(run->loop, 0), CHUTES_OK);
}

chutes_status call_on_loop(struct call *call, chutes_client *client,
                           const chutes_chat_params *params)
{
    struct run run = {.call = call, .is_starting = true};
    chutes_status status;

    run.loop = call->loop;
    if (run.loop == NULL) {
        status = chutes_loop_new(client, &run.loop, &call->error);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    /* Garbage, so that the error can only come from the completion or from a
     * start that failed. */
    memset(&call->error, 0xAA, sizeof(call->error));
    status = start(&run, params);
    assert_int_equal(call->dones, 0);
    run.is_starting = false;
    if (status == CHUTES_OK) {
        drive(&run);
        status = call->status;
    } else {
        assert_null(run.handle);
        assert_int_equal(chutes_loop_active(run.loop), 0);
        assert_int_equal(chutes_loop_poll(run.loop, 0), CHUTES_OK);
        assert_int_equal(call->dones, 0);
    }
    if (call->loop == NULL) {
        chutes_loop_free(run.loop);
    }
    assert_true(call->dones <= 1);
    chutes_call_free(run.handle);
    return status;
}

/* Reads one event. At the end of the stream, *event is NULL. */
static chutes_status pull_one(struct call *call, chutes_chat_stream *stream,
                              const chutes_chat_event **event)
{
    memset(&call->error, 0xAA, sizeof(call->error));
    return chutes_chat_stream_next(stream, event, &call->error);
}

chutes_status call_pull(struct call *call, chutes_client *client,
                        const chutes_chat_params *params)
{
    chutes_chat_stream *stream = NULL;
    const chutes_chat_event *event = NULL;
    chutes_status status =
        chutes_chat_stream_open(client, params, &stream, &call->error);

    if (status != CHUTES_OK) {
        assert_null(stream);
        return status;
    }
    assert_null(chutes_chat_stream_take_response(stream));
    while ((status = pull_one(call, stream, &event)) == CHUTES_OK &&
           event != NULL) {
        if (call_on_event(event, &call->events) != 0) {
            chutes_chat_stream_cancel(stream);
        }
    }
    /* After the end, every further read returns the same status. */
    assert_int_equal(pull_one(call, stream, &event), status);
    assert_null(event);
    call->chat = chutes_chat_stream_take_response(stream);
    assert_null(chutes_chat_stream_take_response(stream));
    chutes_chat_stream_close(stream);
    return status;
}
