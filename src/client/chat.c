/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of chat completions.
 */
#include <chutes/chat.h>

#include <string.h>

#include "base/finish_reason.h"
#include "client/blocking.h"
#include "client/chat_call.h"
#include "client/params.h"
#include "codec/request.h"

CHUTES__ASSERT_PARAMS(chutes_chat_params, reserved);
CHUTES__ASSERT_NO_TAIL(chutes_message, extra_json);
CHUTES__ASSERT_NO_TAIL(chutes_content_part, file_id);
CHUTES__ASSERT_NO_TAIL(chutes_tool, grammar_syntax);
CHUTES__ASSERT_NO_TAIL(chutes_tool_call, extra_json);
CHUTES__ASSERT_NO_TAIL(chutes_logit_bias, bias);

static void set_defaults(void *params)
{
    chutes_chat_params_init(params, sizeof(chutes_chat_params));
}

static chutes_status encode(const void *params, size_t max_depth,
                            struct chutes__buf *body, chutes_error *error)
{
    return chutes__encode_chat(params, max_depth, body, error);
}

static chutes_status begin(struct chutes_call *call, const void *params,
                           chutes_error *error)
{
    chutes_chat_params own;
    const struct chutes__chat_post post = {
        .path = "chat/completions",
        .encode = encode,
        .params = &own,
        .prompts = 1,
    };

    memcpy(&own, params, sizeof(own));
    own.include_usage =
        chutes__chat_call_include_usage(call, own.on_event, own.include_usage);
    return chutes__chat_call_begin(call, &own, &post, error);
}

const struct chutes__call_type chutes__chat_call_type =
    CHUTES__CHAT_CALL_TYPE("chat", chutes_chat_params, set_defaults, begin);

chutes_status chutes_chat(chutes_client *client,
                          const chutes_chat_params *params,
                          chutes_chat_response **response, chutes_error *error)
{
    return chutes__blocking_call(&chutes__chat_call_type, client, params,
                                 response, error);
}

int chutes_chat_choice_is_cut(const chutes_chat_choice *choice)
{
    return choice != NULL && choice->finish_reason != NULL &&
           chutes__finish_reason_is_length(
               chutes__slice_of(choice->finish_reason));
}

int chutes_chat_choice_is_filtered(const chutes_chat_choice *choice)
{
    return choice != NULL && choice->finish_reason != NULL &&
           chutes__finish_reason_is_filter(
               chutes__slice_of(choice->finish_reason));
}

const char *chutes_chat_response_text(const chutes_chat_response *response)
{
    if (response == NULL || response->choice_count == 0 ||
        response->choices[0]->content == NULL) {
        return "";
    }
    return response->choices[0]->content;
}

chutes_status chutes_chat_start(chutes_loop *loop,
                                const chutes_chat_params *params,
                                chutes_chat_done_fn on_done, void *user_data,
                                chutes_call **call, chutes_error *error)
{
    return chutes__call_start(&chutes__chat_call_type, loop, params,
                              (chutes__done_fn)on_done, user_data, call, error);
}
