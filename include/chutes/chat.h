/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_H
#define CHUTES_CHAT_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/message.h>
#include <chutes/response.h>

/** A function that the model may call. */
typedef struct chutes_tool {
    const char *name;            /**< Required: [A-Za-z0-9_-]{1,64}. */
    const char *description;     /**< May be NULL. */
    const char *parameters_json; /**< A JSON Schema object, sent word for word.
                                      NULL: no parameters. */
    int strict;                  /**< 0, 1 or CHUTES_UNSET. */
    int reserved;
} chutes_tool;

static inline chutes_tool chutes_tool_of(const char *name,
                                         const char *description,
                                         const char *parameters_json)
{
    chutes_tool tool = {name, description, parameters_json, CHUTES_UNSET, 0};

    return tool;
}

typedef struct chutes_logit_bias {
    int64_t token;
    double bias; /**< -100 to 100. */
} chutes_logit_bias;

/** What a streamed answer tells as it arrives. */
typedef enum chutes_chat_event_type {
    CHUTES_CHAT_EVENT_CONTENT = 1, /**< text: the next piece of the answer. */
    CHUTES_CHAT_EVENT_REASONING =
        2, /**< text: the next piece of the reasoning. */
    CHUTES_CHAT_EVENT_REFUSAL = 3, /**< text: the next piece of a refusal. */
    CHUTES_CHAT_EVENT_TOOL_CALL_DELTA = 4,    /**< text: the next piece of the
                                              arguments, may be empty; tool_call:
                                              all of the call so far. Some
                                              servers begin with "{}" and then
                                              send the arguments; text then
                                              takes its place. */
    CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED = 5, /**< tool_call: the whole call.
                                            Sent when the next call begins, the
                                              choice finishes or the answer
                                            ends; never for a call cut off. Sent
                                              again if the call goes on. */
    CHUTES_CHAT_EVENT_RESTART = 6, /**< The server began the answer anew: forget
                                   all text, calls and usage told so far. */
    CHUTES_CHAT_EVENT_USAGE = 7,   /**< usage: replaces what was told before. */
    CHUTES_CHAT_EVENT_FINISH = 8   /**< finish_reason of the choice. Text or a
                                   tool   call that comes later opens the choice
                                   again,   and another FINISH follows. */
} chutes_chat_event_type;

/** One event. Dies, with everything it points at, when the callback returns. */
typedef struct chutes_chat_event {
    chutes_chat_event_type type;
    int choice_index; /**< -1 for RESTART and USAGE. */
    const char *text; /**< NUL-terminated UTF-8, whole characters, never NULL:
                           "" where the type has no text. */
    size_t text_len;
    const chutes_tool_call *tool_call; /**< NULL where the type has none. */
    const char *finish_reason;         /**< NULL where the type has none. */
    const chutes_usage *usage;         /**< NULL where the type has none. */
    const char *raw_json; /**< The chunk that told it. Not NUL-terminated. */
    size_t raw_len;
} chutes_chat_event;

/**
 * Receives a stream. Runs on the thread that called chutes_chat().
 *
 * @return 0 to go on; anything else closes the connection at once, and the
 *         call returns CHUTES_ERR_CANCELLED with what had arrived.
 */
typedef int (*chutes_chat_event_fn)(const chutes_chat_event *event,
                                    void *user_data);

/**
 * Parameters of a chat completion. Start from chutes_chat_params_default().
 * Names and meanings are OpenAI's, then vLLM's and SGLang's; what is NULL or
 * CHUTES_UNSET is not sent. Read during the call only.
 */
typedef struct chutes_chat_params {
    size_t struct_size; /**< Set by chutes_chat_params_default(). */

    const char *model;              /**< Required. */
    const chutes_message *messages; /**< Required, at least one. */
    size_t message_count;
    size_t message_size; /**< sizeof(chutes_message), set by the default. */

    chutes_chat_event_fn on_event; /**< Present: streamed. NULL: one answer. */
    void *user_data;

    double temperature;            /**< 0 or more. */
    double top_p;                  /**< Above 0, at most 1. */
    double min_p;                  /**< 0 to 1. */
    double frequency_penalty;      /**< -2 to 2. */
    double presence_penalty;       /**< -2 to 2. */
    double repetition_penalty;     /**< Above 0. */
    int64_t max_tokens;            /**< 1 or more. */
    int64_t max_completion_tokens; /**< 1 or more. */
    int64_t seed; /**< Any but -2147483648, which is CHUTES_UNSET and means that
                       none is sent; extra_json can send that one too. */
    int64_t top_k;           /**< 1 or more; -1 is off. */
    int n;                   /**< Choices, 1 to 128. */
    int logprobs;            /**< 0 or 1. */
    int top_logprobs;        /**< 0 to 20; needs logprobs 1. */
    int parallel_tool_calls; /**< 0 or 1. */
    int include_usage; /**< 0 or 1: stream_options.include_usage. Streams only.
                            Chutes sends usage in any case. */
    int json_schema_strict; /**< 0 or 1. */

    const char *const *stop; /**< Strings that end the answer; none empty. */
    size_t stop_count;
    const chutes_logit_bias *logit_bias;
    size_t logit_bias_count;
    size_t logit_bias_size; /**< sizeof(chutes_logit_bias). */

    const chutes_tool *tools;
    size_t tool_count;
    size_t tool_size;             /**< sizeof(chutes_tool). */
    const char *tool_choice;      /**< "none", "auto" or "required". */
    const char *tool_choice_name; /**< One of tools; instead of tool_choice. */

    const char *response_format;  /**< "text", "json_object", "json_schema".
                                       NULL: the last of them when json_schema
                                       is set, else nothing is asked for. */
    const char *json_schema_name; /**< [A-Za-z0-9_-]{1,64}; for "json_schema".
                                       NULL: "answer". */
    const char *json_schema;      /**< A JSON object, sent word for word. */
    const char *json_schema_description; /**< May be NULL. */

    const char *user;
    const char *reasoning_effort;     /**< "low", "medium", "high", or what else
                                           the model knows. */
    const char *chat_template_kwargs; /**< A JSON object, such as
                                           {"enable_thinking":false}. */
    const char *extra_json; /**< A JSON object merged into the body, word for
                                 word; its keys win. "stream" is refused. */
    const chutes_call_options *call_options; /**< May be NULL. */

    /** Models to ask instead, in order, when the one before has no capacity
     * (CHUTES_ERR_CAPACITY) and no event was delivered. response->info->model
     * tells which one answered. NULL: none. Each counts as an attempt, but not
     * towards max_attempts. */
    const char *const *fallback_models;
    size_t fallback_model_count;

    int accumulate; /**< 0: keep no text of a stream, whose response then has
                         choices without content, reasoning, refusal, tool
                         calls and logprobs; for proxies. Events are told as
                         ever, but the arguments of their tool_call are the
                         newest piece in a TOOL_CALL_DELTA and "" in a
                         TOOL_CALL_FINISHED. 1: the default. */
    int reserved;
} chutes_chat_params;

/** How an answer ended. */
typedef enum chutes_end {
    CHUTES_END_NONE = 0, /**< Not at all: cancelled or timed out. */
    CHUTES_END_DONE =
        1, /**< Told by the server: `[DONE]`, or a whole answer. */
    CHUTES_END_FINISHED_WITHOUT_DONE = 2, /**< The connection ended, or
                                               finish_grace_ms passed, after
                                               each requested choice had its
                                               finish_reason. */
    CHUTES_END_TRUNCATED = 3,             /**< Cut off. */
    CHUTES_END_ERROR = 4                  /**< The server told of an error. */
} chutes_end;

/** One alternative of a token; see chutes_token_logprob. */
typedef struct chutes_top_logprob {
    const char *token;
    double logprob;             /**< NaN when the server sent null. */
    const unsigned char *bytes; /**< NULL when not sent. */
    size_t byte_count;
} chutes_top_logprob;

/** One token of an answer. */
typedef struct chutes_token_logprob {
    const char *token;
    double logprob;             /**< NaN when the server sent null. */
    const unsigned char *bytes; /**< NULL when not sent. */
    size_t byte_count;
    const chutes_top_logprob *const *top;
    size_t top_count;
} chutes_token_logprob;

/** One choice of an answer. */
typedef struct chutes_chat_choice {
    int index;           /**< As the server numbers it; 0 where one choice was
                              asked for and one came. */
    int finished;        /**< 1 when finish_reason was told, and no text or tool
                              call came after it. */
    const char *role;    /**< "assistant" when not told. */
    const char *content; /**< NULL when there is none. */
    size_t content_len;
    const char *reasoning; /**< `reasoning_content`, `reasoning`, `thinking`,
                                `reasoning_details` or the thinking parts of
                                `content`; NULL when there is none. */
    size_t reasoning_len;
    const char *refusal; /**< NULL when there is none. */
    size_t refusal_len;
    const chutes_tool_call *const *tool_calls; /**< Sorted by index. */
    size_t tool_call_count;
    const char *finish_reason; /**< "stop", "length", "tool_calls",
                                    "content_filter", "abort", …; NULL. */
    const char *stop_reason;   /**< vLLM's stop_reason or SGLang's matched_stop,
                                    numbers as text; NULL. */
    /** NULL when not told; also when the call was cancelled or timed out after
     * more than 4 MiB of them (as JSON, of all choices), since decoding them
     * would keep it from ending soon. */
    const chutes_token_logprob *const *logprobs;
    size_t logprob_count;
} chutes_chat_choice;

/** The answer, whole or partial. */
typedef struct chutes_chat_response {
    int complete; /**< 1: all of it is here. 0: it was cut, cancelled, timed out
                       or ended in an error; don't run its tool calls. */
    chutes_end end;
    const char *id;    /**< "" when not told. */
    const char *model; /**< May differ from the one asked for; "". */
    int64_t created;   /**< Unix time in seconds; 0 when not told. */
    const chutes_chat_choice *const *choices; /**< Sorted by index. */
    size_t choice_count;
    const chutes_usage *usage; /**< NULL when not told. */
    /** What was odd but bearable, in order, each once: joined_events,
     * error_outside_sse, not_streamed, flushed_at_eof, partial_event_dropped,
     * stream_restarted, id_changed, tool_index_reused, tool_index_missing,
     * empty_completion, no_finish_reason (of a choice, in an answer that
     * another choice proves complete), odd_usage (a count was written as a
     * float, or doesn't fit into int64_t, which makes it -1). */
    const char *const *warnings;
    size_t warning_count;
    const chutes_response_info *info;
    const char *raw_json; /**< The answer as received; of a stream, its last
                               chunk. NUL-terminated; "". */
    size_t raw_len;
} chutes_chat_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to the defaults: nothing is sent.
 *
 * @param params  NULL: nothing happens.
 * @param size    sizeof(chutes_chat_params), which becomes struct_size. Exactly
 *                so many bytes are written.
 *
 * Any thread.
 */
CHUTES_API void chutes_chat_params_init(chutes_chat_params *params,
                                        size_t size);

/** The same by value. */
static inline chutes_chat_params chutes_chat_params_default(void)
{
    chutes_chat_params params;

    chutes_chat_params_init(&params, sizeof(params));
    return params;
}

/**
 * Ask for one chat completion and wait for the answer.
 *
 * One attempt is at most one POST; when there is another, the retry policy
 * says. Completion is proved by the answer itself: `[DONE]` together with a
 * finish_reason (see trust_done), or a finish_reason for every requested
 * choice, or a whole JSON document. "null" and "None" are no finish_reason, and
 * "abort" and "error" are failures. Text in a form that the library doesn't
 * know makes the answer an error. With params->on_event set the answer is
 * streamed to it on this thread.
 *
 * @param client    Any thread, any number of calls at once.
 * @param params    Read during the call only.
 * @param response  Receives the answer, owned by the caller, free with
 *                  chutes_chat_response_free(). On failure NULL, except that a
 *                  stream which had told something, and a whole answer with a
 *                  choice that was aborted, are kept here with complete 0. May
 *                  be NULL.
 * @param error     Filled on failure. May be NULL.
 * @return CHUTES_OK only for a complete answer; CHUTES_ERR_INVALID_ARGUMENT
 *         (the message names the field; nothing was sent);
 *         CHUTES_ERR_CANCELLED; CHUTES_ERR_TRUNCATED or CHUTES_ERR_STREAM for
 *         an answer that was cut or ended in an error; or any other status.
 */
CHUTES_API chutes_status chutes_chat(chutes_client *client,
                                     const chutes_chat_params *params,
                                     chutes_chat_response **response,
                                     chutes_error *error);

/**
 * The text of the first choice.
 *
 * @param response  May be NULL.
 * @return Borrowed from the response; "" when there is none.
 */
CHUTES_API const char *
chutes_chat_response_text(const chutes_chat_response *response);

/** Free an answer and everything reached through it. NULL does nothing. */
CHUTES_API void chutes_chat_response_free(chutes_chat_response *response);

/**
 * The name of an end: "none", "done", "finished_without_done", "truncated" or
 * "error".
 *
 * @return A constant string; "unknown" for a value this version doesn't know.
 */
CHUTES_API const char *chutes_end_name(chutes_end end);

#ifdef __cplusplus
}
#endif

#endif
