/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_COMPLETE_H
#define CHUTES_COMPLETE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>
#include <chutes/loop.h>

/*
 * Text completions: the model continues a text, without the template of a chat.
 * Base models, fill-in-the-middle and the scoring of given texts need this; for
 * everything else, a chat is better. The answer and the events of its stream
 * are those of a chat, whose `content` is the text.
 */

/**
 * Parameters of a text completion. Initialise them with
 * chutes_complete_params_default(). Names and meanings are OpenAI's, or else
 * those of vLLM and SGLang. Members that are NULL or CHUTES_UNSET are not sent.
 */
typedef struct chutes_complete_params {
    size_t struct_size; /**< Set by chutes_complete_params_default(). */
    const char *model;  /**< Required. */

    /** The prompt to continue: one text, several texts, or texts as token ids.
     * Exactly one of the three is required. The choices of the answer have the
     * indexes 0 to n - 1 for the first prompt, n to 2 n - 1 for the second, and
     * so on. llama.cpp accepts several prompts only for a stream. The number of
     * prompts times n must not exceed max_choices. */
    const char *prompt;
    const char *const *prompts; /**< Non-empty texts. */
    size_t prompt_count;
    const chutes_tokens *token_prompts; /**< None of them may be empty. */
    size_t token_prompt_count;
    const char *suffix; /**< The text after the gap that the model fills.
                             vLLM answers 400 to it. */

    chutes_chat_event_fn on_event; /**< If not NULL, the answer is streamed.
                                        There are CONTENT, FINISH, USAGE and
                                        RESTART events, and REASONING events if
                                        reasoning_tags is set. */
    void *user_data;

    double temperature;        /**< 0 or more. */
    double top_p;              /**< Above 0, at most 1. */
    double min_p;              /**< 0 to 1. */
    double frequency_penalty;  /**< -2 to 2. */
    double presence_penalty;   /**< -2 to 2. */
    double repetition_penalty; /**< Above 0. */
    /** 1 or more; with echo also 0, for the log probabilities of a given text.
     * Most servers stop after 16 tokens if it is not sent. */
    int64_t max_tokens;
    int64_t min_tokens; /**< 0 or more. */
    int64_t seed;       /**< As in chutes_chat_params. */
    int64_t top_k;      /**< 1 or more; -1 disables it. */
    int n;              /**< Choices per prompt, 1 to 128. */
    int best_of;        /**< At least n; not for streams. The server generates
                             this many texts and returns the n likeliest. */
    /** 0 or more: request the log probabilities of the tokens and of this many
     * alternatives to each. OpenAI accepts at most 5. They are in raw_json (for
     * a stream, that of each event): choices[i].logprobs.tokens,
     * .token_logprobs, .top_logprobs and .text_offset. */
    int logprobs;
    int echo;                /**< 0 or 1: the text begins with the prompt. */
    int include_usage;       /**< As in chutes_chat_params. */
    int ignore_eos;          /**< 0 or 1. */
    int skip_special_tokens; /**< 0 or 1. */
    int add_special_tokens;  /**< 0 or 1: tokens such as the one that begins a
                                  text; vLLM's default is 1. */
    int return_token_ids;    /**< As in chutes_chat_params. */
    int accumulate;          /**< As in chutes_chat_params. Default: 1. */
    int skip_validation;     /**< As in chutes_chat_params. Default: 0. */
    /** As in chutes_chat_params, for models that write their reasoning into the
     * text. Not with echo. Default: CHUTES_REASONING_TAGS_OFF. */
    chutes_reasoning_tags reasoning_tags;

    const char *const *stop; /**< Non-empty strings that end the text. */
    size_t stop_count;
    const int64_t *stop_token_ids;
    size_t stop_token_id_count;
    const chutes_logit_bias *logit_bias;
    size_t logit_bias_count;
    /** sizeof(chutes_logit_bias), set by _default(). */
    size_t logit_bias_size;
    const char *user;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's. It must not contain "stream". If it
     * contains "prompt", a choice for each prompt of that is expected. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */
} chutes_complete_params;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_complete_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_complete_params_init(chutes_complete_params *params,
                                            size_t size);

/** Return parameters set to their defaults. */
static inline chutes_complete_params chutes_complete_params_default(void)
{
    chutes_complete_params params;

    chutes_complete_params_init(&params, sizeof(params));
    return params;
}

/**
 * Continue one or more texts and wait for the answer: `POST completions` below
 * base_url. If params->on_event is set, the answer is streamed to it on this
 * thread.
 *
 * The answer is complete only if each choice of each prompt arrived and, in a
 * stream, had a finish_reason. Unlike for a chat, `[DONE]` can't replace a
 * missing finish_reason unless trust_done is set. In all other respects, this
 * works like chutes_chat().
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the answer, as from chutes_chat(): `content` of
 *                  each choice is the text, and chutes_chat_response_free()
 *                  frees it. May be NULL.
 * @param error     Filled in. May be NULL.
 * @return As chutes_chat().
 */
CHUTES_API chutes_status chutes_complete(chutes_client *client,
                                         const chutes_complete_params *params,
                                         chutes_chat_response **response,
                                         chutes_error *error);

/**
 * Start a chutes_complete() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status
chutes_complete_start(chutes_loop *loop, const chutes_complete_params *params,
                      chutes_chat_done_fn on_done, void *user_data,
                      chutes_call **call, chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
