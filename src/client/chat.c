/* SPDX-License-Identifier: MIT */
/*
 * The exported functions of chat completions.
 */
#include <chutes/chat.h>

#include "client/blocking.h"
#include "client/chat_call.h"
#include "client/params.h"

CHUTES__ASSERT_NO_TAIL(chutes_chat_params, allowed_tool_count);
CHUTES__ASSERT_NO_TAIL(chutes_message, extra_json);
CHUTES__ASSERT_NO_TAIL(chutes_content_part, file_id);
CHUTES__ASSERT_NO_TAIL(chutes_tool, grammar_syntax);
CHUTES__ASSERT_NO_TAIL(chutes_tool_call, arguments_len);
CHUTES__ASSERT_NO_TAIL(chutes_logit_bias, bias);

static void store(chutes_status status, chutes_chat_response *response,
                  const chutes_error *error, void *user_data)
{
    chutes__blocking_store(user_data, status, response, error);
}

static chutes_status start_blocking(struct chutes_loop *loop,
                                    const void *params, void *user_data,
                                    chutes_error *error)
{
    return chutes__chat_call_start(loop, params, store, user_data, NULL, error);
}

static void free_response(void *response)
{
    chutes_chat_response_free(response);
}

static const struct chutes__blocking_type BLOCKING = {start_blocking,
                                                      free_response};

chutes_status chutes_chat(chutes_client *client,
                          const chutes_chat_params *params,
                          chutes_chat_response **response, chutes_error *error)
{
    return chutes__blocking_call(&BLOCKING, client, params, response, error);
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
                                chutes_chat_done_fn on_done_fn, void *user_data,
                                chutes_call **call, chutes_error *error)
{
    chutes_error local;
    chutes_status status;

    error = error != NULL ? error : &local;
    status = chutes__params_check_start(loop, on_done_fn != NULL, call, error);
    if (status != CHUTES_OK) {
        return status;
    }
    return chutes__chat_call_start(loop, params, on_done_fn, user_data, call,
                                   error);
}
