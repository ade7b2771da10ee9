/* SPDX-License-Identifier: MIT */
/* Replaces the older part of a conversation by a summary of the model. */
#include "toolkit/conversation_state.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/params.h"
#include "toolkit/choice.h"

#define QUESTION                                                           \
    "Summarise our conversation so far, so that you can go on from your "  \
    "summary alone. Keep names, numbers, decisions, results of tools and " \
    "what is still to be done. Answer with the summary only."

static bool is_instruction(const struct chutes_conversation *talk, size_t index)
{
    const char *role = talk->messages[index].role;

    return strcmp(role, "system") == 0 || strcmp(role, "developer") == 0;
}

/* Returns the newest user message, or 0 if nothing before it can be
 * replaced. */
static size_t find_end(const struct chutes_conversation *talk)
{
    size_t end = talk->count;

    while (end > 0 && strcmp(talk->messages[end - 1].role, "user") != 0) {
        end--;
    }
    for (size_t i = 0; i + 1 < end; i++) {
        if (!is_instruction(talk, i)) {
            return end - 1;
        }
    }
    return 0;
}

/* Removes from the parameters what is not for a summary. */
static void clean(chutes_chat_params *params)
{
    params->message_size = sizeof(chutes_message);
    params->on_event = NULL;
    params->include_usage = CHUTES_UNSET;
    params->continuous_usage_stats = CHUTES_UNSET;
    params->include_obfuscation = CHUTES_UNSET;
    params->continue_final_message = CHUTES_UNSET;
    params->add_generation_prompt = CHUTES_UNSET;
    params->n = CHUTES_UNSET;
    params->tool_choice = params->tool_count > 0 ? "none" : NULL;
    params->tool_choice_name = NULL;
    params->allowed_tool_count = 0;
    params->response_format = NULL;
    params->json_schema = NULL;
    params->structured_regex = NULL;
    params->structured_grammar = NULL;
    params->structured_choice_count = 0;
    params->structural_tag = NULL;
}

/* Asks for the summary of the messages before `end`. */
static chutes_status ask(chutes_client *client,
                         const struct chutes_conversation *talk, size_t end,
                         const chutes_chat_params *chat,
                         chutes_chat_response **response, chutes_error *error)
{
    chutes_conversation *past = chutes_conversation_fork(talk);
    chutes_chat_params params = *chat;
    chutes_status status = CHUTES_ERR_NO_MEMORY;

    if (past != NULL) {
        while (past->count > end) {
            (void)chutes_conversation_remove(past, past->count - 1);
        }
        status = chutes_conversation_add_user(past, QUESTION);
    }
    if (status == CHUTES_OK) {
        clean(&params);
        params.messages =
            chutes_conversation_messages(past, &params.message_count);
        status = chutes_chat(client, &params, response, error);
    } else {
        (void)chutes__fail_status(error, status);
    }
    chutes_conversation_free(past);
    return status;
}

/* Refuses an answer that is not a whole summary: nothing could replace what it
 * has lost. */
static chutes_status check(const chutes_chat_response *response,
                           chutes_error *error)
{
    const chutes_chat_choice *choice =
        response->choice_count > 0 ? response->choices[0] : NULL;

    if (choice != NULL && choice->refusal != NULL && choice->refusal_len > 0) {
        return chutes__fail(error, CHUTES_ERR_REFUSED,
                            "the model refused to write the summary");
    }
    if (choice != NULL && chutes__choice_is_filtered(choice)) {
        return chutes__fail(error, CHUTES_ERR_FILTERED,
                            "a content filter stopped the summary");
    }
    if (choice != NULL && chutes_chat_choice_is_cut(choice)) {
        return chutes__fail(error, CHUTES_ERR_TOKEN_LIMIT,
                            "the summary reached the limit of tokens");
    }
    if (choice != NULL && choice->tool_call_count > 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the model called a tool in place of a summary");
    }
    if (chutes_chat_response_text(response)[0] == '\0') {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL, "the summary is empty");
    }
    return CHUTES_OK;
}

/* Moves the last two messages to `index`. */
static void move_pair(struct chutes_conversation *talk, size_t index)
{
    size_t behind = talk->count - 2 - index;
    chutes_message messages[2];
    struct chutes__talk_entry entries[2];

    memcpy(messages, &talk->messages[talk->count - 2], sizeof(messages));
    memcpy(entries, &talk->entries[talk->count - 2], sizeof(entries));
    memmove(&talk->messages[index + 2], &talk->messages[index],
            behind * sizeof(*talk->messages));
    memmove(&talk->entries[index + 2], &talk->entries[index],
            behind * sizeof(*talk->entries));
    memcpy(&talk->messages[index], messages, sizeof(messages));
    memcpy(&talk->entries[index], entries, sizeof(entries));
}

/* Puts the question and the summary in place of what is before `end`. All that
 * can fail comes before anything is removed. */
static chutes_status replace(struct chutes_conversation *talk, size_t end,
                             const char *summary)
{
    const chutes_message question = chutes_user(QUESTION);
    const chutes_message answer = chutes_assistant(summary);
    size_t count = talk->count;
    bool *is_gone = chutes__mem_zalloc((count + 2) * sizeof(*is_gone));
    size_t kept = 0;
    chutes_status status = CHUTES_ERR_NO_MEMORY;

    if (is_gone == NULL || !chutes__talk_reserve(talk, 2)) {
        chutes__mem_free(is_gone);
        return status;
    }
    status = chutes__talk_append(talk, &question, false, NULL);
    if (status == CHUTES_OK) {
        status = chutes__talk_append(talk, &answer, false, NULL);
    }
    if (status != CHUTES_OK) {
        while (talk->count > count) {
            (void)chutes_conversation_remove(talk, talk->count - 1);
        }
        chutes__mem_free(is_gone);
        return status;
    }
    for (size_t i = 0; i < end; i++) {
        is_gone[i] = !is_instruction(talk, i);
        kept += !is_gone[i];
    }
    chutes__talk_sweep(talk, is_gone);
    move_pair(talk, kept);
    chutes__mem_free(is_gone);
    return CHUTES_OK;
}

chutes_status chutes_conversation_compact(chutes_client *client,
                                          chutes_conversation *talk,
                                          const chutes_chat_params *chat,
                                          chutes_error *error)
{
    chutes_chat_params own = chutes_chat_params_default();
    chutes_chat_response *response = NULL;
    chutes_status status;
    size_t end;

    chutes__error_clear(error);
    if (talk == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "talk must not be NULL");
    }
    status = chutes__params_copy(&own, sizeof(own), chat, sizeof(size_t),
                                 "chat", error);
    if (status != CHUTES_OK) {
        return status;
    }
    end = find_end(talk);
    if (end == 0) {
        return CHUTES_OK;
    }
    status = ask(client, talk, end, &own, &response, error);
    if (status == CHUTES_OK) {
        status = check(response, error);
    }
    if (status == CHUTES_OK) {
        status = replace(talk, end, chutes_chat_response_text(response));
        if (status != CHUTES_OK) {
            (void)chutes__fail_status(error, status);
        }
    }
    chutes_chat_response_free(response);
    return status;
}
