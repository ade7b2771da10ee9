/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CHAT_H
#define CHUTES_CHAT_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/message.h>
#include <chutes/response.h>

/** A tool that the model may call: a function whose arguments are JSON or, if
 * `is_custom` is 1, a tool whose input is any text. Create it with one of the
 * functions below, which store the pointers and copy nothing. Any thread may
 * call them. */
typedef struct chutes_tool {
    const char *name;            /**< Required: [A-Za-z0-9_-]{1,64}. */
    const char *description;     /**< May be NULL. */
    const char *parameters_json; /**< Functions: a JSON Schema object, sent
                                      verbatim. NULL: no parameters. */
    int strict;                  /**< Functions: 0, 1 or CHUTES_UNSET. */
    int is_custom;               /**< 0 or 1. Only OpenAI supports them; vLLM
                                      and SGLang answer HTTP 400. */
    const char *grammar;        /**< Custom tools: the text must match it. NULL:
                                     any text. */
    const char *grammar_syntax; /**< Custom tools with a grammar: "lark" or
                                     "regex". */
} chutes_tool;

/** Create a function whose `strict` is CHUTES_UNSET. `name` is required; the
 * others may be NULL. */
static inline chutes_tool chutes_tool_of(const char *name,
                                         const char *description,
                                         const char *parameters_json)
{
    chutes_tool tool = {name, description, parameters_json, CHUTES_UNSET, 0,
                        NULL, NULL};

    return tool;
}

/** Create a custom tool. In a call of it, `type` is "custom", and `arguments`
 * is the text. `name` is required; the others may be NULL. */
static inline chutes_tool chutes_custom_tool_of(const char *name,
                                                const char *description,
                                                const char *grammar_syntax,
                                                const char *grammar)
{
    chutes_tool tool = {name, description, NULL,          CHUTES_UNSET,
                        1,    grammar,     grammar_syntax};

    return tool;
}

typedef struct chutes_logit_bias {
    int64_t token;
    double bias; /**< -100 to 100. */
} chutes_logit_bias;

/** The events of a streamed answer, and the fields that they use. */
typedef enum chutes_chat_event_type {
    /** `text`: the next piece of the answer. */
    CHUTES_CHAT_EVENT_CONTENT = 1,
    /** `text`: the next piece of the reasoning. */
    CHUTES_CHAT_EVENT_REASONING = 2,
    /** `text`: the next piece of a refusal. */
    CHUTES_CHAT_EVENT_REFUSAL = 3,
    /** `text`: the next piece of the arguments, possibly empty; `tool_call`:
     * the call so far. Some servers first send "{}" and then the real
     * arguments, which replace it. */
    CHUTES_CHAT_EVENT_TOOL_CALL_DELTA = 4,
    /** `tool_call`: the complete call. This event comes when the next call
     * begins, the choice finishes or the answer ends, and again if the call
     * continues afterwards. It never comes for a truncated call. */
    CHUTES_CHAT_EVENT_TOOL_CALL_FINISHED = 5,
    /** The server started the answer again: discard all text, tool calls and
     * usage received so far. */
    CHUTES_CHAT_EVENT_RESTART = 6,
    /** `usage`: replaces the usage received before. */
    CHUTES_CHAT_EVENT_USAGE = 7,
    /** `finish_reason`: the choice has finished. Text or a tool call that comes
     * later reopens the choice, and another FINISH follows. */
    CHUTES_CHAT_EVENT_FINISH = 8,
    /** `text`: the next piece of the spoken answer, in base64 (`audio.data`),
     * possibly empty. It isn't stored in the response. The transcript and the
     * id are in raw_json: choices[0].delta.audio.transcript and .id. */
    CHUTES_CHAT_EVENT_AUDIO = 9
} chutes_chat_event_type;

/** One event. The event and everything that it points to are valid only during
 * the callback, or until the next chutes_chat_stream_next(). Later versions may
 * append fields. */
typedef struct chutes_chat_event {
    chutes_chat_event_type type;
    int choice_index; /**< -1 for RESTART and USAGE. */
    const char *text; /**< NUL-terminated; whole UTF-8 characters only. "" for
                           types that don't use it; never NULL. */
    size_t text_len;
    const chutes_tool_call *tool_call; /**< NULL for types that don't use it. */
    const char *finish_reason;         /**< NULL for types that don't use it. */
    const chutes_usage *usage;         /**< NULL for types that don't use it. */
    const char *raw_json; /**< The chunk that caused this event. Not
                               NUL-terminated. */
    size_t raw_len;
} chutes_chat_event;

/**
 * Receives the events of a stream. The callback runs on the thread that called
 * chutes_chat() or that drives the loop.
 *
 * @param event  Never NULL.
 * @return 0 to continue. Any other value closes the connection at once; the
 *         call then ends with CHUTES_ERR_CANCELLED and the part of the answer
 *         that had arrived.
 */
typedef int (*chutes_chat_event_fn)(const chutes_chat_event *event,
                                    void *user_data);

/** Reasoning that a model writes into its text, as `<think>…</think>` before
 * the answer. Servers with a reasoning parser separate it themselves.
 *
 * If the library looks for tags, it reports the text between them as
 * CHUTES_CHAT_EVENT_REASONING and returns it as the `reasoning` of the
 * response. The tags and any blanks after `</think>` are dropped. Tags later in
 * the answer are treated as text. The last few bytes of a piece are held back
 * if they may be the beginning of a tag. */
typedef enum chutes_reasoning_tags {
    CHUTES_REASONING_TAGS_OFF = 0, /**< The text is the answer. */
    /** If the text begins with `<think>`, perhaps after blanks, it begins with
     * reasoning. */
    CHUTES_REASONING_TAGS_PAIR = 1,
    /** The text begins with reasoning, with or without `<think>`, because the
     * model's chat template already ends with that tag. Without a `</think>`,
     * all of the text is reasoning. */
    CHUTES_REASONING_TAGS_OPEN = 2
} chutes_reasoning_tags;

/**
 * Parameters of a chat completion. Initialise them with
 * chutes_chat_params_default(). Names and meanings are OpenAI's, or else those
 * of vLLM and SGLang. Members that are NULL or CHUTES_UNSET are not sent.
 */
typedef struct chutes_chat_params {
    size_t struct_size; /**< Set by chutes_chat_params_default(). */

    const char *model; /**< Required. On Chutes, several models separated by
                            commas, and how to choose one; see
                            chutes_model_route(). */
    const chutes_message *messages; /**< Required, at least one. */
    size_t message_count;
    size_t message_size; /**< sizeof(chutes_message), set by _default(). */

    chutes_chat_event_fn on_event; /**< If not NULL, the answer is streamed. */
    void *user_data;

    double temperature;            /**< 0 or more. */
    double top_p;                  /**< Above 0, at most 1. */
    double min_p;                  /**< 0 to 1. */
    double frequency_penalty;      /**< -2 to 2. */
    double presence_penalty;       /**< -2 to 2. */
    double repetition_penalty;     /**< Above 0. */
    int64_t max_tokens;            /**< 1 or more. */
    int64_t max_completion_tokens; /**< 1 or more. */
    int64_t seed;            /**< -2147483648 is CHUTES_UNSET; to send it, use
                                  extra_json. */
    int64_t top_k;           /**< 1 or more; -1 disables it. */
    int n;                   /**< Choices, 1 to 128. */
    int logprobs;            /**< 0 or 1. */
    int top_logprobs;        /**< 0 to 20; requires logprobs 1. */
    int parallel_tool_calls; /**< 0 or 1. */
    int include_usage;       /**< 0 or 1: stream_options.include_usage, for
                                  streams. Chutes always sends usage. Default: 1
                                  if the client has a budget, otherwise not
                                  sent. */
    int json_schema_strict;  /**< 0 or 1. */

    const char *const *stop; /**< Non-empty strings that end the answer. */
    size_t stop_count;
    const chutes_logit_bias *logit_bias;
    size_t logit_bias_count;
    size_t logit_bias_size; /**< sizeof(chutes_logit_bias), likewise. */

    const chutes_tool *tools;
    size_t tool_count;
    size_t tool_size;             /**< sizeof(chutes_tool), likewise. */
    const char *tool_choice;      /**< "none", "auto" or "required". */
    const char *tool_choice_name; /**< The name of one of the tools, in place of
                                       tool_choice. */

    /** "text", "json_object" or "json_schema". NULL: "json_schema" if
     * json_schema is set, otherwise not sent. */
    const char *response_format;
    const char *json_schema_name; /**< [A-Za-z0-9_-]{1,64}. NULL: "answer". */
    const char *json_schema;      /**< A JSON object, sent verbatim. */
    const char *json_schema_description; /**< May be NULL. */

    const char *user;
    /** "none", "minimal", "low", "medium", "high", "xhigh" or "max" (OpenAI,
     * vLLM, SGLang), or another level that the model supports. Not every model
     * supports all of them, and older versions of SGLang answer HTTP 400 to all
     * but "low", "medium" and "high". */
    const char *reasoning_effort;
    const char *chat_template_kwargs; /**< A JSON object, such as
                                           {"enable_thinking":false}. */
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's. It must not contain "stream". */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    /** Models to try, in order, if the previous one has no capacity
     * (CHUTES_ERR_CAPACITY) and no event has been delivered. NULL: none.
     * response->info->model is the one that answered. `attempts` counts these
     * attempts; max_attempts doesn't limit them. */
    const char *const *fallback_models;
    size_t fallback_model_count;

    /** 0: don't store the text of a stream, for proxies. The choices of the
     * response then have no content, reasoning, refusal, tool calls or
     * logprobs. The events are the same, except that the arguments of their
     * tool_call are the latest piece in a TOOL_CALL_DELTA and "" in a
     * TOOL_CALL_FINISHED, and that all calls finish at the end of their choice.
     * If a server sends arguments in several pieces and then repeats them, the
     * repetition is reported, too. Default: 1. */
    int accumulate;

    /** 1: send numbers that are out of range, unknown words, and combinations
     * that some servers reject, instead of refusing them. Input that no server
     * can read, such as invalid JSON, is still refused. Default: 0. */
    int skip_validation;

    /* The letters below name the servers that support a parameter: (O) OpenAI,
     * (V) vLLM 0.33, (S) SGLang 0.5.23, the latter two according to their
     * source code. vLLM and SGLang ignore parameters that they don't know;
     * OpenAI answers HTTP 400. */

    int64_t thinking_token_budget; /**< (V) Tokens of reasoning, 0 or more; -1:
                                        no limit. */
    int64_t min_tokens;            /**< (V, S) 0 or more; vLLM refuses more than
                                        max_tokens. */
    int64_t priority; /**< (V, S) vLLM answers HTTP 400 to any value except 0,
                           unless it runs with priority scheduling. */

    int include_reasoning; /**< (V) 0 leaves the reasoning out of the answer;
                                1 is the server's default. */
    int continuous_usage_stats; /**< (V, S) 1: with include_usage 1, each chunk
                                     has the usage so far; needs on_event. */
    int include_obfuscation;    /**< (O) 0: no padding against traffic analysis;
                                     needs on_event. */
    int store;                  /**< (O) 1: the server stores the answer. */
    int ignore_eos;          /**< (V, S) 1: generate up to max_tokens tokens. */
    int skip_special_tokens; /**< (V, S) 0: the text contains them. */
    /** (V, S) 1: the last message is the beginning of the answer. vLLM needs
     * add_generation_prompt 0 as well. */
    int continue_final_message;
    int add_generation_prompt; /**< (V) The server's default is 1. */
    int return_token_ids;      /**< (V) 1: the answer has `token_ids`; see
                                    raw_json. */
    int prompt_logprobs; /**< (V) Alternatives per token of the prompt, 0 or
                              more; -1: all. Not for streams. */
    int thinking; /**< (V, S) 0 or 1: sets both names that templates use for
                       it, `thinking` and `enable_thinking`, in
                       chat_template_kwargs, whose keys take precedence. */
    int tee_only; /**< 0 or 1. 1 sends `X-TEE-Only: true`: Chutes then answers
                       426 (CHUTES_ERR_BAD_REQUEST) if the chute that it chooses
                       runs outside of a TEE. Other servers ignore it. Default:
                       0. */

    const char *verbosity;    /**< (O) "low", "medium" or "high". */
    const char *service_tier; /**< (O) "auto", "default", "flex", "priority". */
    const char *safety_identifier; /**< (O) An identifier of the end user that
                                        reveals nothing about the person. */
    const char *prompt_cache_key;  /**< (O) Requests with the same key use the
                                        same cache. */
    const char *request_id; /**< (V, S) Sent as `request_id` and `rid`, which
                                 SGLang reads. */
    const char *session_id; /**< (V, S) */
    const char *cache_salt; /**< (V, S) Separates the cached prompts of tenants:
                                 1 to 128 bytes without @, / and \. Chutes
                                 removes it. */

    const char *prediction; /**< (O) A JSON object: the expected text. */
    const char *audio;      /**< (O) A JSON object, {"voice":…,
                                 "format":…}. */
    const char *web_search_options; /**< (O) A JSON object. */
    const char *metadata;           /**< (O) A JSON object of strings. */

    /** (O) "text", "audio"; OpenAI answers 400 to "audio" without `audio`. */
    const char *const *modalities;
    size_t modality_count;
    const char *const *bad_words; /**< (V) Words that the answer must not
                                       contain. */
    size_t bad_word_count;
    const int64_t *stop_token_ids; /**< (V, S) Tokens that end the answer. */
    size_t stop_token_id_count;
    const int64_t *allowed_token_ids; /**< (V) The only tokens allowed. */
    size_t allowed_token_id_count;

    /** Constraints on the answer. Set at most one of the next four, because
     * vLLM answers HTTP 400 to two of them, and none together with a
     * response_format other than "text". For an answer that follows a JSON
     * Schema, use json_schema, which more servers support.
     *
     * (V, S) A regular expression, sent as structured_outputs.regex and
     * `regex`, which SGLang reads. The host llm.chutes.ai answers HTTP 400 to
     * it. */
    const char *structured_regex;
    /** (V, S) A grammar in EBNF, sent as structured_outputs.grammar and `ebnf`,
     * which SGLang reads. */
    const char *structured_grammar;
    /** (V) The answer is one of these texts. SGLang ignores them. */
    const char *const *structured_choices;
    size_t structured_choice_count;
    /** (V, S) A JSON object such as {"type":"structural_tag","format":{…}},
     * sent as the response_format. */
    const char *structural_tag;

    /** (O) The names of the tools that the model may call; tool_choice must be
     * NULL, "auto" or "required". vLLM and SGLang answer 400 to this. */
    const char *const *allowed_tools;
    size_t allowed_tool_count;

    /** How to separate reasoning from the text if the server doesn't. Not sent.
     * Default: CHUTES_REASONING_TAGS_OFF. */
    chutes_reasoning_tags reasoning_tags;
    int reserved; /**< Set to 0 by _default(). */
} chutes_chat_params;

/** How an answer ended. */
typedef enum chutes_end {
    /** The answer didn't end: the call was cancelled or timed out. */
    CHUTES_END_NONE = 0,
    /** The server ended the answer with `[DONE]`, or sent one whole JSON
     * document. */
    CHUTES_END_DONE = 1,
    /** The connection ended, or finish_grace_ms passed, after each requested
     * choice had its finish_reason. */
    CHUTES_END_FINISHED_WITHOUT_DONE = 2,
    /** The answer was truncated. */
    CHUTES_END_TRUNCATED = 3,
    /** The server reported an error. */
    CHUTES_END_ERROR = 4
} chutes_end;

/** An alternative to a token; see chutes_token_logprob. */
typedef struct chutes_top_logprob {
    const char *token;
    double logprob;             /**< NaN if the server sent null. */
    const unsigned char *bytes; /**< NULL if not sent. */
    size_t byte_count;
} chutes_top_logprob;

/** A token of an answer. */
typedef struct chutes_token_logprob {
    const char *token;
    double logprob;             /**< NaN if the server sent null. */
    const unsigned char *bytes; /**< NULL if not sent. */
    size_t byte_count;
    const chutes_top_logprob *const *top;
    size_t top_count;
} chutes_token_logprob;

/** A choice of an answer. */
typedef struct chutes_chat_choice {
    int index;           /**< The server's number; 0 if one choice was requested
                              and one was received. */
    int finished;        /**< 1 if a finish_reason was received, and no text or
                              tool call after it. */
    const char *role;    /**< "assistant" if not sent. */
    const char *content; /**< NULL if there is none. */
    size_t content_len;
    const char *reasoning; /**< From `reasoning_content`, `reasoning`,
                                `thinking`, `reasoning_details` or the thinking
                                parts of `content`. NULL if there is none. */
    size_t reasoning_len;
    const char *refusal; /**< NULL if there is none. Never "". */
    size_t refusal_len;
    const chutes_tool_call *const *tool_calls; /**< Sorted by index. */
    size_t tool_call_count;
    const char *finish_reason; /**< "stop", "length", "tool_calls",
                                    "content_filter", "abort", …; or NULL. See
                                    chutes_chat_choice_is_cut(). */
    const char *stop_reason;   /**< vLLM's stop_reason or SGLang's matched_stop,
                                    with numbers as text; or NULL. */
    const chutes_token_logprob *const *logprobs; /**< NULL if not sent. */
    size_t logprob_count;
} chutes_chat_choice;

/** An answer, complete or partial. */
typedef struct chutes_chat_response {
    /** 1: the answer is complete. 0: it was truncated, cancelled, timed out or
     * ended in an error; don't run its tool calls. */
    int complete;
    chutes_end end;
    const char *id;    /**< "" if not sent. */
    const char *model; /**< May differ from the model requested; "" if not
                            sent. */
    int64_t created;   /**< Unix time in seconds; 0 if not sent. */
    const chutes_chat_choice *const *choices; /**< Sorted by index. */
    size_t choice_count;
    const chutes_usage *usage; /**< NULL if not sent. */
    /** Irregularities that the library tolerated, each listed once, in the
     * order in which they were found: joined_events, error_outside_sse,
     * not_streamed, flushed_at_eof, partial_event_dropped, stream_restarted,
     * id_changed, tool_index_reused, tool_index_missing, empty_completion,
     * no_finish_reason (for a choice, in an answer that another choice proves
     * complete), odd_usage (a count was sent as a float, or doesn't fit into
     * int64_t and is reported as -1). */
    const char *const *warnings;
    size_t warning_count;
    const chutes_response_info *info;
    /** The answer as received; the last chunk of a stream. NUL-terminated; ""
     * if there is none. It also contains values that only some servers send and
     * for which this struct has no member. Read those with the functions of
     * json.h. Examples: OpenAI: service_tier, choices[0].message.annotations,
     * choices[0].message.audio.data,
     * usage.completion_tokens_details.accepted_prediction_tokens; vLLM:
     * prompt_logprobs, prompt_token_ids, choices[0].token_ids,
     * metrics.time_to_first_token_ms, weight_versions,
     * usage.prompt_tokens_details.created_cache_tokens; SGLang:
     * metadata.weight_version; Chutes: chutes_verification. In a stream, the
     * raw_json of each event is its chunk, with `delta` in place of
     * `message`. */
    const char *raw_json;
    size_t raw_len;
} chutes_chat_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_chat_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_chat_params_init(chutes_chat_params *params,
                                        size_t size);

/** Return parameters set to their defaults. */
static inline chutes_chat_params chutes_chat_params_default(void)
{
    chutes_chat_params params;

    chutes_chat_params_init(&params, sizeof(params));
    return params;
}

/**
 * Request a chat completion and wait for the answer. If params->on_event is
 * set, the answer is streamed to it on this thread.
 *
 * One attempt is at most one POST; retry_policy decides whether to retry. An
 * answer is complete if it is a whole JSON document, if it has a finish_reason
 * for each requested choice, or if it has one finish_reason and `[DONE]` (see
 * trust_done). The finish_reason "null" doesn't count; "abort" and "error" are
 * failures. If the answer contains text in a form that the library doesn't
 * know, the call fails.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the answer, which the caller owns and frees with
 *                  chutes_chat_response_free(). On failure it is NULL, except
 *                  for a stream that had delivered something and for a whole
 *                  answer with an aborted choice: it then holds what arrived,
 *                  and `complete` is 0. If `response` is NULL, the answer is
 *                  discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK only for a complete answer; CHUTES_ERR_INVALID_ARGUMENT
 *         (the message names the field; nothing was sent);
 *         CHUTES_ERR_CANCELLED; CHUTES_ERR_TRUNCATED or CHUTES_ERR_STREAM for
 *         an answer that was cut off or ended in an error; or any other status.
 */
CHUTES_API chutes_status chutes_chat(chutes_client *client,
                                     const chutes_chat_params *params,
                                     chutes_chat_response **response,
                                     chutes_error *error);

/**
 * Return whether a choice was cut off by a limit on tokens, either the
 * request's or the model's. The finish_reason is then "length", or "max_tokens"
 * or "model_length", which gateways pass on from other APIs. Only the thread
 * that uses the response may call this.
 *
 * @param choice  NULL returns 0.
 * @return 1 or 0.
 */
CHUTES_API int chutes_chat_choice_is_cut(const chutes_chat_choice *choice);

/**
 * Return whether a content filter ended a choice. The finish_reason is then
 * "content_filter", in any case. Only the thread that uses the response may
 * call this.
 *
 * @param choice  NULL returns 0.
 * @return 1 or 0.
 */
CHUTES_API int chutes_chat_choice_is_filtered(const chutes_chat_choice *choice);

/**
 * Return the text of the first choice. Only the thread that uses the response
 * may call this.
 *
 * @param response  NULL returns "".
 * @return The text, valid until the response is freed; "" if there is none.
 */
CHUTES_API const char *
chutes_chat_response_text(const chutes_chat_response *response);

/**
 * Free an answer and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_chat_response_free(chutes_chat_response *response);

/**
 * Return the name of an end: "none", "done", "finished_without_done",
 * "truncated" or "error". Any thread may call this.
 *
 * @return A constant string; "unknown" for a value that this version doesn't
 *         know.
 */
CHUTES_API const char *chutes_end_name(chutes_end end);

#ifdef __cplusplus
}
#endif

#endif
