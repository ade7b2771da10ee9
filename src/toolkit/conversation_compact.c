/* SPDX-License-Identifier: MIT */
/* Replaces the older part of a conversation with a summary that the model
 * writes. */
#include "toolkit/conversation_state.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/params.h"

#define QUESTION                                                           \
    "Summarise our conversation so far, so that you can go on from your "  \
    "summary alone. Keep names, numbers, decisions, results of tools and " \
    "what is still to be done. Answer with the summary only."

/* ---- what the summary replaces ------------------------------------------- */

/* The messages that the summary replaces. */
struct past {
    struct chutes__talk_core core;
    bool *is_gone; /* a flag for each message, and two for the summary */
    size_t end;    /* the messages from here on stay; 0: all do */
};

/* Returns false if memory runs out. */
static bool find_past(const struct chutes_conversation *talk, struct past *past)
{
    size_t index = 0;

    past->core = chutes__talk_find_core(talk);
    past->end = 0;
    past->is_gone =
        chutes__mem_zalloc((talk->count + 2) * sizeof(*past->is_gone));
    if (past->is_gone == NULL) {
        return false;
    }
    if (past->core.question == talk->count) {
        return true;
    }
    while (index < talk->count) {
        size_t behind = index + 1 + talk->entries[index].results;

        if (!chutes__talk_is_kept(talk, &past->core, index)) {
            memset(past->is_gone + index, true, behind - index);
            past->end = behind;
        }
        index = behind;
    }
    return true;
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
    params->stop_count = 0;
    params->stop_token_id_count = 0;
    params->allowed_token_id_count = 0;
    params->bad_word_count = 0;
    params->logit_bias_count = 0;
    params->ignore_eos = CHUTES_UNSET;
    params->min_tokens = CHUTES_UNSET;
}

/* Some servers refuse a question that directly follows the results of tools. */
static chutes_status add_question(struct chutes_conversation *history)
{
    const chutes_message pause = chutes_assistant("I pause here.");
    size_t count = history->count;
    chutes_status status = CHUTES_OK;

    if (history->messages[count - 1].tool_call_id != NULL) {
        status = chutes_conversation_add(history, &pause, NULL);
    }
    return status == CHUTES_OK ? chutes_conversation_add_user(history, QUESTION)
                               : status;
}

/* Makes the conversation that the model is to summarise, with the question at
 * its end. It leaves out the call whose result is unknown, because that is not
 * past yet. */
static chutes_status make_history(const struct chutes_conversation *talk,
                                  const struct past *past,
                                  chutes_conversation **history)
{
    size_t started = past->core.started;

    *history = chutes_conversation_fork(talk);
    if (*history == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    while ((*history)->count > past->end) {
        (void)chutes_conversation_remove(*history, (*history)->count - 1);
    }
    if (started < past->end) {
        (void)chutes_conversation_remove(*history, started);
    }
    return add_question(*history);
}

/* Refuses an answer that is not a whole summary: the messages that it replaces
 * are lost. */
static chutes_status check(const chutes_chat_response *response,
                           chutes_error *error)
{
    const chutes_chat_choice *choice =
        response->choice_count > 0 ? response->choices[0] : NULL;
    const char *text;

    if (choice != NULL && choice->refusal != NULL) {
        return chutes__fail(error, CHUTES_ERR_REFUSED,
                            "the model refused to write the summary");
    }
    if (chutes_chat_choice_is_filtered(choice)) {
        return chutes__fail(error, CHUTES_ERR_FILTERED,
                            "a content filter stopped the summary");
    }
    if (chutes_chat_choice_is_cut(choice)) {
        return chutes__fail(error, CHUTES_ERR_TOKEN_LIMIT,
                            "the summary reached the limit of tokens");
    }
    if (choice != NULL && choice->tool_call_count > 0) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "the model called a tool in place of a summary");
    }
    text = chutes_chat_response_text(response);
    if (text[strspn(text, " \t\r\n")] == '\0') {
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

/* Returns the index of the summary once the past is gone: it follows the
 * instructions that begin the conversation. */
static size_t find_place(const struct chutes_conversation *talk,
                         const struct past *past)
{
    size_t place = 0;

    for (size_t i = 0; past->is_gone[i] || chutes__talk_is_instruction(talk, i);
         i++) {
        place += !past->is_gone[i];
    }
    return place;
}

/* Puts the question and the summary in place of the past. Everything that can
 * fail comes before anything is removed. */
static chutes_status replace(struct chutes_conversation *talk,
                             const struct past *past, const char *summary)
{
    const chutes_message question = chutes_user(QUESTION);
    const chutes_message answer = chutes_assistant(summary);
    size_t place = find_place(talk, past);
    size_t count = talk->count;
    chutes_status status = CHUTES_ERR_NO_MEMORY;

    if (!chutes__talk_reserve(talk, 2)) {
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
        return status;
    }
    chutes__talk_sweep(talk, past->is_gone);
    move_pair(talk, place);
    chutes__talk_find_turn(talk);
    return CHUTES_OK;
}

/* ---- one request --------------------------------------------------------- */

/* A summary that is being made. */
struct compaction {
    struct chutes_conversation *talk;
    chutes_compact_done_fn on_done; /* NULL: blocking */
    void *user_data;
    struct past past;
    chutes_conversation *history; /* until the request was made; or NULL */
    chutes_chat_params params;
};

static chutes_status prepare(struct compaction *job,
                             const chutes_chat_params *chat,
                             chutes_error *error)
{
    chutes_status status;

    if (job->talk == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "talk must not be NULL");
    }
    job->params = chutes_chat_params_default();
    status = chutes__params_copy(&job->params, sizeof(job->params), chat,
                                 sizeof(size_t), "chat", error);
    if (status != CHUTES_OK) {
        return status;
    }
    if (!find_past(job->talk, &job->past)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    if (job->past.end == 0) {
        return CHUTES_OK;
    }
    clean(&job->params);
    status = make_history(job->talk, &job->past, &job->history);
    if (status != CHUTES_OK) {
        return chutes__fail_status(error, status);
    }
    job->params.messages =
        chutes_conversation_messages(job->history, &job->params.message_count);
    return status;
}

static chutes_status finish(struct compaction *job,
                            const chutes_chat_response *response,
                            chutes_error *error)
{
    chutes_status status = check(response, error);

    if (status != CHUTES_OK) {
        return status;
    }
    status =
        replace(job->talk, &job->past, chutes_chat_response_text(response));
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}

static void dispose(struct compaction *job)
{
    chutes_conversation_free(job->history);
    chutes__mem_free(job->past.is_gone);
}

chutes_status chutes_conversation_compact(chutes_client *client,
                                          chutes_conversation *talk,
                                          const chutes_chat_params *chat,
                                          chutes_error *error)
{
    struct compaction job = {.talk = talk};
    chutes_chat_response *response = NULL;
    chutes_status status;

    chutes__error_clear(error);
    status = prepare(&job, chat, error);
    if (status == CHUTES_OK && job.history != NULL) {
        status = chutes_chat(client, &job.params, &response, error);
        if (status == CHUTES_OK) {
            status = finish(&job, response, error);
        }
    }
    chutes_chat_response_free(response);
    dispose(&job);
    return status;
}

/* ---- on a loop ----------------------------------------------------------- */

static void end(struct compaction *job, chutes_status status,
                const chutes_error *error)
{
    job->on_done(status, error, job->user_data);
    dispose(job);
    chutes__mem_free(job);
}

static void on_answer(chutes_status status, chutes_chat_response *response,
                      const chutes_error *error, void *user_data)
{
    struct compaction *job = user_data;
    chutes_error own = *error;

    if (status == CHUTES_OK) {
        status = finish(job, response, &own);
    }
    chutes_chat_response_free(response);
    end(job, status, &own);
}

/* Nothing had to be summarised, so the call was a wait of no length. */
static void on_wait_done(chutes_status status, const chutes_error *error,
                         void *user_data)
{
    end(user_data, status, error);
}

static chutes_status start(chutes_loop *loop, struct compaction *job,
                           const chutes_chat_params *chat, chutes_call **call,
                           chutes_error *error)
{
    chutes_status status = prepare(job, chat, error);

    if (status != CHUTES_OK) {
        return status;
    }
    if (job->history == NULL) {
        return chutes_wait_start(loop, 0, on_wait_done, job, call, error);
    }
    status = chutes_chat_start(loop, &job->params, on_answer, job, call, error);
    chutes_conversation_free(job->history); /* the request has a copy */
    job->history = NULL;
    return status;
}

chutes_status chutes_conversation_compact_start(
    chutes_loop *loop, chutes_conversation *talk,
    const chutes_chat_params *chat, chutes_compact_done_fn on_done,
    void *user_data, chutes_call **call, chutes_error *error)
{
    struct compaction *job;
    chutes_status status;

    chutes__error_clear(error);
    if (call != NULL) {
        *call = NULL;
    }
    if (on_done == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "on_done must not be NULL");
    }
    job = chutes__mem_zalloc(sizeof(*job));
    if (job == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    job->talk = talk;
    job->on_done = on_done;
    job->user_data = user_data;
    status = start(loop, job, chat, call, error);
    if (status != CHUTES_OK) {
        dispose(job);
        chutes__mem_free(job);
    }
    return status;
}
