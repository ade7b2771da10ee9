/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLS_H
#define CHUTES_TOOLS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/conversation.h>
#include <chutes/loop.h>
#include <chutes/schema.h>

/*
 * The tool runner sends the conversation to the model, runs the tools that the
 * model calls, sends their results back, and repeats this until the model
 * answers without calling a tool.
 *
 * Whatever happens, the conversation can still be sent to a server: a call that
 * was not executed has the result {"error":"not executed: REASON"}, and a call
 * whose deferred tool was still running when the run ended has the result
 * {"error":"not finished: REASON"}. After a failure, chutes_run_tools() can be
 * called again with the same conversation, and continues where it stopped.
 */

/** The result of one tool call, which the tool writes. */
typedef struct chutes_tool_reply chutes_tool_reply;

/**
 * A tool: provides the result of a call. It runs on the thread that drives the
 * run, and at most once for each call of a conversation, whatever happens,
 * unless chutes_run_repeat() allows more. If a conversation is forked before
 * its calls are started, each fork runs them. A tool must not change the
 * conversation.
 *
 * @param arguments  With a schema: the decoded struct. Otherwise the text that
 *                   the model wrote, a const char *: a JSON object, which was
 *                   checked, or any text if the type of the call isn't
 *                   "function". The functions of json.h read it. Valid until
 *                   the tool has finished, even if the run ends or the
 *                   conversation is freed before.
 * @param reply      Stores the result that the tool sets. If the tool sets
 *                   none, the result is empty.
 * @return CHUTES_OK, or another status, which the model receives as an error
 *         unless the tool has set a result. To end the run, call
 *         chutes_tool_reply_end_run().
 */
typedef chutes_status (*chutes_tool_fn)(const void *arguments,
                                        chutes_tool_reply *reply,
                                        void *user_data);

/** A tool that the model may call. The last three members are hints for
 * before_tool; the runner doesn't use them. */
typedef struct chutes_tool_handler {
    const char *name;            /**< Required: [A-Za-z0-9_-]{1,64}. */
    const char *description;     /**< May be NULL. */
    const chutes_schema *schema; /**< Describes the arguments. NULL: they stay
                                      JSON. */
    chutes_tool_fn run;          /**< Required. */
    void *user_data;
    const char *parameters_json; /**< A JSON Schema object, used if `schema` is
                                      NULL. NULL: none. */
    int is_read_only;            /**< 1: it changes nothing. */
    int is_destructive;          /**< 1: the call can't be undone. */
    int is_idempotent;           /**< 1: calling it twice has the same effect as
                                      calling it once. */
    int reserved;
} chutes_tool_handler;

/** What before_tool decides about a call. */
typedef enum chutes_tool_decision {
    CHUTES_DECIDE_ALLOW = 0,   /**< The tool runs. */
    CHUTES_DECIDE_DENY = 1,    /**< The result is {"error":"denied: TEXT"}. */
    CHUTES_DECIDE_REPLACE = 2, /**< The result is the one that was set. */
    CHUTES_DECIDE_END = 3      /**< The run ends with CHUTES_ERR_CANCELLED. */
} chutes_tool_decision;

/**
 * Decides about a call before its tool runs, for example by asking the user.
 *
 * @param call   Valid during the callback only.
 * @param tool   The tool, with its hints.
 * @param reply  Set the text of DENY or REPLACE in it, with
 *               chutes_tool_reply_set().
 */
typedef chutes_tool_decision (*chutes_before_tool_fn)(
    const chutes_tool_call *call, const chutes_tool_handler *tool,
    chutes_tool_reply *reply, void *user_data);

/**
 * Receives the result of each call, also if it is an error.
 *
 * @param call      Valid during the callback only.
 * @param result    What the model receives. Valid during the callback only.
 * @param is_error  1: the call failed or was not executed.
 */
typedef void (*chutes_after_tool_fn)(const chutes_tool_call *call,
                                     const char *result, int is_error,
                                     void *user_data);

/** Receives the events of a run. Like chutes_chat_event_fn, with the number of
 * the answer in the run, from 0. */
typedef int (*chutes_run_event_fn)(const chutes_chat_event *event, int round,
                                   void *user_data);

/**
 * Stores the ledger: the conversation, and which calls were started. It is
 * called before a tool runs, after it has finished and when the run ends, so
 * that chutes_run_restore() can find out what had happened when the program was
 * stopped. If the library can't create the JSON, the run ends with
 * CHUTES_ERR_NO_MEMORY or CHUTES_ERR_TOO_LARGE.
 *
 * @param json  NUL-terminated; valid during the callback only.
 * @param len   Its length.
 * @return 0 if the ledger has reached the disk. Any other value ends the run
 *         with CHUTES_ERR_CANCELLED; a tool that was about to run is not
 *         started.
 */
typedef int (*chutes_ledger_fn)(const char *json, size_t len, void *user_data);

/**
 * Shortens the conversation of a run before a request, because it has more
 * tokens than max_talk_tokens: for example with chutes_conversation_trim() or
 * chutes_conversation_compact(). It may change anything in the conversation,
 * but must not free it. If the conversation is still too long afterwards, the
 * request is sent anyway.
 *
 * @param talk    The run's conversation, in which each tool call has its
 *                result.
 * @param tokens  The estimate of chutes_conversation_tokens().
 * @return 0 to go on. Any other value ends the run with CHUTES_ERR_CANCELLED.
 */
typedef int (*chutes_shorten_fn)(chutes_conversation *talk, int64_t tokens,
                                 void *user_data);

/** Parameters of a run. Initialise them with chutes_run_params_default(). */
typedef struct chutes_run_params {
    size_t struct_size; /**< Set by chutes_run_params_default(). */

    /** Required: the model and all other parameters of the requests, except
     * `messages` and `tools`, which are not used. `n` must be 1 or
     * CHUTES_UNSET. If on_event is set in it or below, the answers are
     * streamed. */
    const chutes_chat_params *chat;
    const chutes_tool_handler *tools;
    size_t tool_count;
    size_t tool_size; /**< sizeof(chutes_tool_handler), set by _default(). */

    chutes_run_event_fn on_event; /**< NULL: chat->on_event. */
    chutes_before_tool_fn before_tool;
    chutes_after_tool_fn after_tool;
    chutes_ledger_fn save_ledger;
    void *user_data; /**< Passed to these four, and to shorten. */

    /** The maximum number of answers in a run. If the last of them calls tools,
     * the run fails with CHUTES_ERR_TOO_LARGE. Default: 10. */
    int max_rounds;
    int max_tool_calls; /**< The maximum number of tool calls in the whole run.
                             Default: 128. */
    /** How many deferred tools may run at the same time; see
     * chutes_tool_reply_defer(). Default: 1. */
    int max_parallel;
    /** Matters if chat->tool_choice is "required" or chat->tool_choice_name is
     * set. 1: every request demands a tool call, so only a tool or a limit ends
     * the run. 0: only the first request does; afterwards the model may choose,
     * as in OpenAI's Agents SDK. Default: 0. */
    int keep_tool_choice;
    /** The maximum number of tokens of all answers together, according to their
     * usage. If they use more, the run fails with CHUTES_ERR_TOO_LARGE before
     * another tool runs. An answer without usage counts as 0 tokens; see
     * max_unknown_rounds. If this, max_cost or max_unknown_rounds is set,
     * streams are requested with their usage unless chat->include_usage is 0.
     * Default: CHUTES_UNSET, no limit. */
    int64_t max_tokens;
    /** The most that all answers together may cost, in USD, at the two prices
     * below. If neither is set, the prices of chutes_client_set_prices() apply,
     * which must then include chat->model; a fallback model has its own price.
     * All three numbers must be finite and not negative. Default: CHUTES_UNSET,
     * no limit. */
    double max_cost;
    double input_price;  /**< USD per million prompt tokens. */
    double output_price; /**< USD per million generated tokens. */
    /** The time limit of the whole run, which then fails with
     * CHUTES_ERR_TIMEOUT. A running tool is not interrupted: when it returns,
     * its result is stored, and the run ends. The run doesn't wait for a
     * deferred tool. The timeouts of the client and of chat->call_options also
     * apply to each request. Default: 0, no limit; the run then never ends if a
     * deferred tool never finishes. */
    int64_t total_timeout_ms;
    /** The maximum length of a result in bytes. A longer one is cut at a
     * character boundary and ends with a note; the text of an error is cut so
     * that its JSON fits. Default: 256 KiB. */
    size_t max_result_bytes;
    /** A conversation with more tokens than this, as
     * chutes_conversation_tokens() estimates them, is shortened before a
     * request: by `shorten` or, if that is NULL, by chutes_conversation_trim(),
     * which never removes the newest question and the newest round. Default:
     * CHUTES_UNSET, never. */
    int64_t max_talk_tokens;
    chutes_shorten_fn shorten;
    /** The maximum number of answers whose usage or, with max_cost, whose cost
     * is unknown; they don't count against the budget. If there are more, the
     * run fails with CHUTES_ERR_TOO_LARGE before another tool runs. Default:
     * CHUTES_UNSET: only max_rounds limits them. */
    int64_t max_unknown_rounds;
    /** The agent's name in the span of the run, for clients with a tracer. It
     * isn't sent. NULL: none. */
    const char *agent_name;
} chutes_run_params;

/** A run that was started on a loop. */
typedef struct chutes_run chutes_run;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_run_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_run_params_init(chutes_run_params *params, size_t size);

/** Return parameters set to their defaults. */
static inline chutes_run_params chutes_run_params_default(void)
{
    chutes_run_params params;

    chutes_run_params_init(&params, sizeof(params));
    return params;
}

/**
 * Ask the model, and run the tools that it calls, until it answers without
 * calling one. Any thread may call this while no other thread uses the
 * conversation; callbacks and tools run on this thread.
 *
 * Calls at the end of the conversation that were never started are run first,
 * such as those that chutes_run_restore() found, or those of an answer that the
 * caller added. Requests are retried only if that is safe (CHUTES_RETRY_SAFE),
 * unless chat->call_options says otherwise.
 *
 * If the model calls an unknown tool, or its arguments are not a JSON object or
 * don't fit the schema, the result is an error, which the model can read. If
 * the arguments are not JSON, the conversation, the ledger and after_tool have
 * the object that chutes_conversation_add_response() stores in their place; no
 * tool is run with such an object. If an answer was cut by a limit on tokens or
 * by a content filter, none of its calls is run: their result is
 * {"error":"not executed: the answer was cut before its end"}, and the model is
 * asked again.
 *
 * If the client has a tracer, a run is a span "invoke_agent AGENT_NAME". Each
 * chat and each tool ("execute_tool NAME", until it has finished) is a child
 * span. The parent of the run is the traceparent of chat->call_options, and all
 * of these spans have its conversation_id.
 *
 * @param client    Must not be NULL.
 * @param talk      The conversation so far. All answers and results are added
 *                  to it, but nothing of an answer whose request failed. Must
 *                  not be NULL.
 * @param run       Read during the call only. Must not be NULL.
 * @param response  Receives the last answer, even if the run failed after it,
 *                  or NULL. The caller owns it and frees it with
 *                  chutes_chat_response_free(). If `response` is NULL, it is
 *                  discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field);
 *         CHUTES_ERR_PENDING_TOOL (the newest message with tool calls has one
 *         that was started and has no result; see chutes_run_restore());
 *         CHUTES_ERR_TOO_LARGE (max_rounds, max_tool_calls, max_tokens,
 *         max_cost or max_unknown_rounds); CHUTES_ERR_TIMEOUT
 *         (total_timeout_ms); CHUTES_ERR_CANCELLED (by a callback or a tool);
 *         CHUTES_ERR_PROTOCOL (two calls of an answer have the same id);
 *         CHUTES_ERR_MISUSE (a tool was deferred, and nothing is left that
 *         could finish it; or this is the child of a fork()); or what
 *         chutes_chat() returned.
 */
CHUTES_API chutes_status chutes_run_tools(chutes_client *client,
                                          chutes_conversation *talk,
                                          const chutes_run_params *run,
                                          chutes_chat_response **response,
                                          chutes_error *error);

/**
 * Start chutes_run_tools() on a loop. Only the thread that uses the loop may
 * call this.
 *
 * @param loop       The run is one of its calls until it has ended, also while
 *                   it only waits for a deferred tool: chutes_loop_run() waits
 *                   for it, and chutes_loop_free() and
 *                   chutes_client_cancel_all() cancel it. Must not be NULL.
 * @param talk       Must not be changed or freed, not even by a tool, before
 *                   the run has ended. Must not be NULL.
 * @param run        As for chutes_run_tools(). Everything that it points to
 *                   must stay valid until the run has ended. Must not be NULL.
 * @param on_done    Receives the end of the run, once. If the conversation ends
 *                   with calls that were never started, it may run before this
 *                   returns. Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param handle     Receives a handle, or NULL on failure. The caller owns it
 *                   and frees it with chutes_run_free(). NULL: no handle.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK if the run was started. Otherwise a status of
 *         chutes_run_tools() or chutes_chat_start(), and on_done won't run.
 */
CHUTES_API chutes_status chutes_run_tools_start(
    chutes_loop *loop, chutes_conversation *talk, const chutes_run_params *run,
    chutes_chat_done_fn on_done, void *user_data, chutes_run **handle,
    chutes_error *error);

/**
 * End a run with CHUTES_ERR_CANCELLED. A request in progress ends in the next
 * step of the loop. If only deferred tools are running, on_done runs before
 * this returns, and later results are discarded. If a tool or a callback of the
 * run calls this, the run ends after that tool or callback has returned. Only
 * the thread that uses the loop may call this.
 *
 * @param handle  NULL is ignored, and so is a run that has ended.
 */
CHUTES_API void chutes_run_cancel(chutes_run *handle);

/**
 * Free the handle of a run. The run itself continues. Only the thread that uses
 * the loop may call this.
 *
 * @param handle  NULL is ignored.
 */
CHUTES_API void chutes_run_free(chutes_run *handle);

/**
 * Read a ledger that chutes_ledger_fn stored before the program was stopped.
 * The JSON need not be trusted. Any thread may call this.
 *
 * @param json   Must not be NULL.
 * @param len    The number of bytes.
 * @param talk   Receives the conversation with the results of all tools that
 *               finished, for chutes_run_tools(). The caller owns it and frees
 *               it with chutes_conversation_free(). NULL on failure, but not
 *               with CHUTES_ERR_PENDING_TOOL. Must not be NULL.
 * @param error  Filled in. With CHUTES_ERR_PENDING_TOOL, `param` is the id of
 *               the call, cut if it doesn't fit. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_PENDING_TOOL: a tool was started, and it is
 *         unknown whether it did its work. Find out and provide the result with
 *         chutes_conversation_add_tool_result(), or allow the tool to run again
 *         with chutes_run_repeat(); until then, chutes_run_tools() returns this
 *         status too. Or any status of chutes_conversation_from_json();
 *         CHUTES_ERR_PROTOCOL also if the lists of calls are not those of a
 *         ledger.
 */
CHUTES_API chutes_status chutes_run_restore(const char *json, size_t len,
                                            chutes_conversation **talk,
                                            chutes_error *error);

/**
 * Allow the next run to repeat a tool that was running when the program was
 * stopped. Only the thread that drives the run may call this.
 *
 * @param talk          Must not be NULL.
 * @param tool_call_id  The id of the call. Must not be NULL.
 * @return CHUTES_OK, or CHUTES_ERR_INVALID_ARGUMENT if the newest message with
 *         tool calls has no such call, or the call has a result.
 */
CHUTES_API chutes_status chutes_run_repeat(chutes_conversation *talk,
                                           const char *tool_call_id);

/**
 * Set the result, which replaces any earlier result or error. Invalid UTF-8 and
 * NUL are replaced with U+FFFD. Only the thread that drives the run may call
 * this and the functions below.
 *
 * @param reply  Must not be NULL.
 * @param text   Copied. May be NULL if `len` is 0.
 * @param len    The number of bytes.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (a NULL); or
 *         CHUTES_ERR_NO_MEMORY, which also discards what was set before.
 */
CHUTES_API chutes_status chutes_tool_reply_set(chutes_tool_reply *reply,
                                               const char *text, size_t len);

/**
 * Set the result to JSON, such as a document of chutes_json_writer_finish().
 * Only the thread that drives the run may call this.
 *
 * @param reply  Must not be NULL.
 * @param json   Copied. Must not be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (it is not JSON, or NULL);
 *         CHUTES_ERR_TOO_LARGE (longer than max_result_bytes; JSON is not cut);
 *         or CHUTES_ERR_NO_MEMORY. After the first two failures, the result is
 *         unchanged.
 */
CHUTES_API chutes_status chutes_tool_reply_json(chutes_tool_reply *reply,
                                                const char *json);

/**
 * Set the result to formatted text, like printf(). Only the thread that drives
 * the run may call this.
 *
 * @param reply   Must not be NULL.
 * @param format  Must not be NULL.
 * @return As chutes_tool_reply_set(); CHUTES_ERR_INVALID_ARGUMENT also if
 *         vsnprintf() rejects the format.
 */
CHUTES_API chutes_status chutes_tool_reply_printf(chutes_tool_reply *reply,
                                                  const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/**
 * Set the result to {"error":"TEXT"}; the call has then failed. A text that is
 * too long for max_result_bytes is cut and ends with "…". Only the thread that
 * drives the run may call this.
 *
 * @param reply  Must not be NULL.
 * @param text   Copied. NULL: "unknown".
 * @return As chutes_tool_reply_set().
 */
CHUTES_API chutes_status chutes_tool_reply_fail(chutes_tool_reply *reply,
                                                const char *text);

/**
 * Return the call that the reply belongs to. Only the thread that drives the
 * run may call this.
 *
 * @param reply  Must not be NULL.
 * @return The call, which the conversation owns. NULL once the run has ended;
 *         see chutes_tool_reply_is_abandoned().
 */
CHUTES_API const chutes_tool_call *
chutes_tool_reply_call(const chutes_tool_reply *reply);

/**
 * Return the loop of the run, on which a deferred tool can start its own calls.
 * Only the thread that drives the run may call this.
 *
 * @param reply  Must not be NULL.
 * @return The loop, which the run doesn't own. NULL once the run has ended.
 */
CHUTES_API chutes_loop *chutes_tool_reply_loop(const chutes_tool_reply *reply);

/**
 * Let the tool finish later than its function returns. The reply stays valid
 * until chutes_tool_reply_finish(), which must be called once, even if the run
 * has ended; the loop and the call are valid only until the run ends. Up to
 * max_parallel deferred tools run at the same time. If the function returns a
 * status other than CHUTES_OK, the tool finishes with that status and is not
 * deferred. Outside of the tool's function, this does nothing. Only the thread
 * that drives the run may call this.
 *
 * @param reply  Must not be NULL.
 */
CHUTES_API void chutes_tool_reply_defer(chutes_tool_reply *reply);

/**
 * End the run with CHUTES_ERR_CANCELLED when this tool has finished. The result
 * of the call is stored first; if the tool has set none, the result is an
 * error. In before_tool, this does nothing: CHUTES_DECIDE_END ends the run.
 * Only the thread that drives the run may call this.
 *
 * @param reply  Must not be NULL.
 */
CHUTES_API void chutes_tool_reply_end_run(chutes_tool_reply *reply);

/**
 * Return whether the run has ended, so that nothing waits for a deferred reply.
 * Only the thread that drives the run may call this.
 *
 * @param reply  Must not be NULL.
 * @return 1 or 0.
 */
CHUTES_API int chutes_tool_reply_is_abandoned(const chutes_tool_reply *reply);

/**
 * Finish a deferred tool with the result that was set. The run continues inside
 * this function, which may call other tools and on_done. The reply must not be
 * used afterwards. While the run continues, this does nothing for a reply that
 * is finished already or was not deferred, nor in before_tool. Only the thread
 * that drives the run may call this.
 *
 * @param reply   Must not be NULL.
 * @param status  What the tool's function would return; see chutes_tool_fn.
 */
CHUTES_API void chutes_tool_reply_finish(chutes_tool_reply *reply,
                                         chutes_status status);

#ifdef __cplusplus
}
#endif

#endif
