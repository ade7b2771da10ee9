/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of text completions: a chat call with another body.
 */
#include <chutes/complete.h>

#include <string.h>

#include "client/blocking.h"
#include "client/chat_call.h"
#include "client/params.h"
#include "codec/complete_request.h"

CHUTES__ASSERT_PARAMS(chutes_complete_params, call_options);
CHUTES__ASSERT_NO_TAIL(chutes_tokens, count);

static void set_defaults(void *params)
{
    chutes_complete_params_init(params, sizeof(chutes_complete_params));
}

static chutes_status begin(struct chutes_call *call, const void *params,
                           chutes_error *error)
{
    chutes_complete_params own;
    const struct chutes__chat_post post = {
        .path = "completions",
        .encode = chutes__encode_complete,
        .params = &own,
        .prompts = chutes__complete_prompts(params),
        .needs_all = true,
    };
    chutes_chat_params chat;

    memcpy(&own, params, sizeof(own));
    own.include_usage =
        chutes__chat_call_include_usage(call, own.on_event, own.include_usage);
    chat = chutes__complete_as_chat(&own);
    chat.max_tokens = own.max_tokens;
    return chutes__chat_call_begin(call, &chat, &post, error);
}

static const struct chutes__call_type TYPE = CHUTES__CHAT_CALL_TYPE(
    "text_completion", chutes_complete_params, set_defaults, begin);

chutes_status chutes_complete(chutes_client *client,
                              const chutes_complete_params *params,
                              chutes_chat_response **response,
                              chutes_error *error)
{
    return chutes__blocking_call(&TYPE, client, params, response, error);
}

chutes_status chutes_complete_start(chutes_loop *loop,
                                    const chutes_complete_params *params,
                                    chutes_chat_done_fn on_done,
                                    void *user_data, chutes_call **call,
                                    chutes_error *error)
{
    return chutes__call_start(&TYPE, loop, params, (chutes__done_fn)on_done,
                              user_data, call, error);
}
