/* SPDX-License-Identifier: MIT */
/* Short ways to add a message to a conversation. */
#include "toolkit/conversation_state.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "toolkit/call_arguments.h"
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

/* ---- an answer ----------------------------------------------------------- */

static chutes_status write_refusal(struct chutes__buf *buf, const char *refusal)
{
    chutes_status status = chutes__buf_append_str(buf, "{\"refusal\":");

    if (status == CHUTES_OK) {
        status = chutes__json_append_quoted(buf, refusal);
    }
    return status == CHUTES_OK ? chutes__buf_append(buf, "}", 1) : status;
}

/* Returns a copy of a call with its arguments in an object, or NULL if memory
 * runs out. */
static const chutes_tool_call *wrap_call(const chutes_tool_call *source,
                                         struct chutes__arena *arena)
{
    chutes_tool_call *call = chutes__arena_alloc(arena, 1, sizeof(*call));
    struct chutes__buf buf;

    if (call == NULL) {
        return NULL;
    }
    *call = *source;
    chutes__buf_init(&buf, SIZE_MAX);
    if (chutes__arguments_wrap(source, &buf) == CHUTES_OK) {
        call->arguments = chutes__arena_adopt(arena, &buf);
    } else {
        call->arguments = NULL;
    }
    chutes__buf_dispose(&buf);
    return call->arguments != NULL ? call : NULL;
}

/* Sets the calls of the message. Those whose arguments are not JSON are
 * replaced with copies that every server accepts. */
static chutes_status set_calls(chutes_message *message,
                               const chutes_chat_choice *choice,
                               struct chutes__arena *arena)
{
    size_t count = choice->tool_call_count;
    const chutes_tool_call **calls =
        chutes__arena_alloc(arena, count, sizeof(*calls));

    if (calls == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        calls[i] = choice->tool_calls[i];
        if (!chutes__arguments_are_invalid(calls[i])) {
            continue;
        }
        calls[i] = wrap_call(calls[i], arena);
        if (calls[i] == NULL) {
            return CHUTES_ERR_NO_MEMORY;
        }
    }
    message->tool_calls = calls;
    message->tool_call_count = count;
    return CHUTES_OK;
}

static chutes_status add_choice(chutes_conversation *talk,
                                const chutes_chat_choice *choice,
                                chutes_message *message, chutes_error *error)
{
    struct chutes__buf extra;
    chutes_status status = CHUTES_OK;

    chutes__buf_init(&extra, SIZE_MAX);
    if (choice->refusal != NULL) {
        status = write_refusal(&extra, choice->refusal);
        message->extra_json = extra.data;
    } else if (choice->content == NULL && message->tool_call_count == 0) {
        message->content = "";
    }
    status = status == CHUTES_OK ? chutes_conversation_add(talk, message, error)
                                 : chutes__fail_status(error, status);
    chutes__buf_dispose(&extra);
    return status;
}

chutes_status
chutes_conversation_add_response(chutes_conversation *talk,
                                 const chutes_chat_response *response,
                                 chutes_error *error)
{
    const chutes_chat_choice *choice;
    chutes_message message;
    struct chutes__arena arena;
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
    chutes__arena_init(&arena);
    if (response->complete && choice->tool_call_count > 0) {
        status = set_calls(&message, choice, &arena);
    }
    status = status == CHUTES_OK ? add_choice(talk, choice, &message, error)
                                 : chutes__fail_status(error, status);
    chutes__arena_dispose(&arena);
    return status;
}
