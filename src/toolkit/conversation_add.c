/* SPDX-License-Identifier: MIT */
/* Short ways to add a message to a conversation. */
#include "toolkit/conversation_state.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "json/writer.h"

chutes_status chutes_conversation_add_system(chutes_conversation *talk,
                                             const char *text)
{
    const chutes_message message = chutes_system(text);

    return chutes_conversation_add(talk, &message, NULL);
}

chutes_status chutes_conversation_add_user(chutes_conversation *talk,
                                           const char *text)
{
    const chutes_message message = chutes_user(text);

    return chutes_conversation_add(talk, &message, NULL);
}

chutes_status chutes_conversation_add_tool_result(chutes_conversation *talk,
                                                  const char *tool_call_id,
                                                  const char *text)
{
    const chutes_message message = chutes_tool_result(tool_call_id, text);

    return chutes_conversation_add(talk, &message, NULL);
}

static chutes_status write_refusal(struct chutes__buf *buf, const char *refusal)
{
    chutes_status status = chutes__buf_append_str(buf, "{\"refusal\":");

    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(buf, refusal);
    }
    return status == CHUTES_OK ? chutes__buf_append(buf, "}", 1) : status;
}

chutes_status
chutes_conversation_add_response(chutes_conversation *talk,
                                 const chutes_chat_response *response,
                                 chutes_error *error)
{
    const chutes_chat_choice *choice;
    chutes_message message;
    struct chutes__buf extra;
    chutes_status status = CHUTES_OK;

    chutes__error_clear(error);
    if (response == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "response must not be NULL");
    }
    if (response->choice_count == 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the response has no choice");
    }
    choice = response->choices[0];
    message = chutes_assistant(choice->content);
    message.reasoning = choice->reasoning;
    if (response->complete) {
        message.tool_calls = choice->tool_calls;
        message.tool_call_count = choice->tool_call_count;
    }
    chutes__buf_init(&extra, SIZE_MAX);
    if (choice->refusal != NULL) {
        status = write_refusal(&extra, choice->refusal);
        message.extra_json = extra.data;
    } else if (choice->content == NULL && message.tool_call_count == 0) {
        message.content = "";
    }
    status = status == CHUTES_OK
                 ? chutes_conversation_add(talk, &message, error)
                 : chutes__fail_status(error, status);
    chutes__buf_dispose(&extra);
    return status;
}
