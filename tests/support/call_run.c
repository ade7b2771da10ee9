/* SPDX-License-Identifier: MIT */
#include "call.h"
#include "test.h"

#include <string.h>

#include "base/clock.h"
#include "call_modes.h"

/* The unused bytes after the NUL could hold what a server repeated, such as the
 * key. */
static void check_field(const char *name, const char *text, size_t size)
{
    size_t len = strnlen(text, size);

    assert_true(len < size);
    if (call_tells_secret(text)) {
        fail_msg("the error's %s tells a secret: %s", name, text);
    }
    for (size_t i = len; i < size; i++) {
        if (text[i] != '\0') {
            fail_msg("the error's %s goes on behind its end: %s", name, text);
        }
    }
}

static void check_secrets(const struct call *call)
{
    const chutes_error *error = &call->error;

    assert_int_equal(call_leaks(), 0);
    check_field("message", error->message, sizeof(error->message));
    check_field("code", error->code, sizeof(error->code));
    check_field("type", error->type, sizeof(error->type));
    check_field("param", error->param, sizeof(error->param));
    check_field("request_id", error->request_id, sizeof(error->request_id));
    check_field("reserved", error->reserved, sizeof(error->reserved));
}

static void finish(struct call *call, int64_t started_us)
{
    call->elapsed_us = chutes__clock_now_us() - started_us;
    call->events.is_over = true;
    assert_int_equal(call->error.status, call->status);
    check_secrets(call);
}

static chutes_status block_on_chat(struct call *call, chutes_client *client,
                                   const chutes_chat_params *params)
{
    chutes_chat_params own = *params;

    if (call->kind == CALL_STREAM) {
        own.on_event = call_on_event;
        own.user_data = &call->events;
    }
    return chutes_chat(client, &own, &call->chat, &call->error);
}

static chutes_status block_on_embed(struct call *call, chutes_client *client)
{
    chutes_embed_params params = call_embed_params();

    return chutes_embed(client, &params, &call->embed, &call->error);
}

static chutes_status block_on_invoke(struct call *call, chutes_client *client)
{
    chutes_invoke_params params = call_invoke_params();

    return chutes_invoke(client, &params, &call->invoke, &call->error);
}

static chutes_status block_on_rerank(struct call *call, chutes_client *client)
{
    chutes_rerank_params params = call_rerank_params();

    return chutes_rerank(client, &params, &call->rerank, &call->error);
}

void call_run_chat(struct call *call, chutes_client *client,
                   const chutes_chat_params *params)
{
    int64_t started_us = chutes__clock_now_us();

    /* Garbage that the library must overwrite. */
    memset(&call->error, 0xAA, sizeof(call->error));
    switch (call->mode) {
    case CALL_ON_LOOP:
        call->status = call_on_loop(call, client, params);
        break;
    case CALL_PULLED:
        call->status = call_pull(call, client, params);
        break;
    default:
        call->status = block_on_chat(call, client, params);
        break;
    }
    finish(call, started_us);
}

void call_run(struct call *call, chutes_client *client)
{
    int64_t started_us = chutes__clock_now_us();
    chutes_chat_params params = call_chat_params();

    if (call->choices > 0) {
        params.n = call->choices;
    }
    if (call->kind == CALL_CHAT || call->kind == CALL_STREAM) {
        call_run_chat(call, client, &params);
        return;
    }
    memset(&call->error, 0xAA, sizeof(call->error));
    if (call->mode == CALL_ON_LOOP) {
        call->status = call_on_loop(call, client, NULL);
    } else if (call->kind == CALL_EMBED) {
        call->status = block_on_embed(call, client);
    } else if (call->kind == CALL_INVOKE) {
        call->status = block_on_invoke(call, client);
    } else if (call->kind == CALL_RERANK) {
        call->status = block_on_rerank(call, client);
    } else {
        call->status =
            chutes_models_list(client, NULL, &call->models, &call->error);
    }
    finish(call, started_us);
}
