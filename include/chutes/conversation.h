/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CONVERSATION_H
#define CHUTES_CONVERSATION_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/chat.h>
#include <chutes/loop.h>

/**
 * A conversation: it owns copies of its messages, in an order that every server
 * accepts.
 *
 * An assistant message with tool calls is followed by one result for each call,
 * in the order of the calls. The results are added together with the message:
 * until chutes_conversation_add_tool_result() provides the real one, a result
 * is {"error":"not executed: no result was given"}. So a conversation can be
 * sent, saved and shortened at any time. Such a message and its results are
 * removed together.
 *
 * One thread at a time may use a conversation. A function that fails leaves it
 * unchanged, except chutes_conversation_trim(). The functions without a
 * chutes_error return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT (a NULL, or text
 * that is not UTF-8), CHUTES_ERR_NO_MEMORY or CHUTES_ERR_TOO_LARGE.
 */
typedef struct chutes_conversation chutes_conversation;

/**
 * Receives the end of a chutes_conversation_compact_start(). The callback runs
 * exactly once, and never inside that function.
 *
 * @param status  What chutes_conversation_compact() would have returned.
 * @param error   Never NULL. Valid during the callback only.
 */
typedef void (*chutes_compact_done_fn)(chutes_status status,
                                       const chutes_error *error,
                                       void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Create a conversation. Any thread may call this.
 *
 * @param system  The system message, which is copied. NULL: none.
 * @return The conversation, which the caller owns and frees with
 *         chutes_conversation_free(). NULL if memory runs out or `system` is
 *         not UTF-8.
 */
CHUTES_API chutes_conversation *chutes_conversation_new(const char *system);

/**
 * Free a conversation. Only the thread that uses the conversation may call
 * this.
 *
 * @param talk  NULL is ignored.
 */
CHUTES_API void chutes_conversation_free(chutes_conversation *talk);

/**
 * Copy a conversation, to continue it in two ways. Tool calls at its end that
 * were never started are run in both; see chutes_run_tools(). Only the thread
 * that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @return The copy, which the caller owns and frees with
 *         chutes_conversation_free(); NULL if memory runs out.
 */
CHUTES_API chutes_conversation *
chutes_conversation_fork(const chutes_conversation *talk);

/**
 * Add any message at the end, such as chutes_user_parts() with images, audio
 * and files. A message of the role "tool" is a result; see
 * chutes_conversation_add_tool_result(). Only the thread that uses the
 * conversation may call this.
 *
 * @param talk     Must not be NULL.
 * @param message  Copied, with JSON minified and without those members of an
 *                 extra_json that are null. Must not be NULL.
 * @param error    Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field,
 *         such as one that must not be NULL, or an extra_json with a member
 *         that chutes_message or chutes_tool_call has); CHUTES_ERR_PROTOCOL
 *         (two tool calls have the same id); CHUTES_ERR_TOO_LARGE (more than
 *         128 tool calls, 4096 parts, or 64 members in an extra_json); or
 *         CHUTES_ERR_NO_MEMORY. Only chutes_chat() checks the formats of parts,
 *         because skip_validation permits others.
 */
CHUTES_API chutes_status chutes_conversation_add(chutes_conversation *talk,
                                                 const chutes_message *message,
                                                 chutes_error *error);

/**
 * Add a system message, which is copied. Only the thread that uses the
 * conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @param text  Must not be NULL.
 * @return As chutes_conversation says.
 */
CHUTES_API chutes_status
chutes_conversation_add_system(chutes_conversation *talk, const char *text);

/**
 * Add a user message, which is copied. Only the thread that uses the
 * conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @param text  Must not be NULL.
 * @return As chutes_conversation says.
 */
CHUTES_API chutes_status chutes_conversation_add_user(chutes_conversation *talk,
                                                      const char *text);

/**
 * Add the first choice of an answer with text, reasoning, refusal and tool
 * calls. A tool call without an id gets the id "call_<turn>_<index>", where
 * `turn` counts the messages with tool calls and is higher than in any such id
 * in the conversation. Only the thread that uses the conversation may call
 * this.
 *
 * Some servers refuse a request in which the arguments of an earlier call are
 * not JSON. If the model wrote such arguments, their text is therefore stored
 * in an object: {"INVALID_JSON":"TEXT"}. This doesn't apply to calls of the
 * type "custom", whose input is any text. Messages that are loaded, or added
 * with chutes_conversation_add(), keep their arguments.
 *
 * @param talk      Must not be NULL.
 * @param response  Copied. If it is not complete, its tool calls are left out,
 *                  because they may be cut off. Must not be NULL.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_PROTOCOL (two tool
 *         calls have the same id, or there is no choice);
 *         CHUTES_ERR_TOO_LARGE (more than 128 tool calls); or
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_conversation_add_response(
    chutes_conversation *talk, const chutes_chat_response *response,
    chutes_error *error);

/**
 * Provide the result of a tool call of the newest message that has any. Only
 * the thread that uses the conversation may call this.
 *
 * @param talk          Must not be NULL.
 * @param tool_call_id  The id in the conversation or, if the server sent none,
 *                      in the response. Must not be NULL.
 * @param text          Copied. Must not be NULL.
 * @return As chutes_conversation says. CHUTES_ERR_INVALID_ARGUMENT also if
 *         there is no such call, or if it already has a result.
 */
CHUTES_API chutes_status chutes_conversation_add_tool_result(
    chutes_conversation *talk, const char *tool_call_id, const char *text);

/**
 * Choose whether the reasoning of earlier answers is sent back. It is stored
 * and saved in either case. Some models need it while they call tools. Only the
 * thread that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @param send  1: it is sent back. 0, the default: it isn't.
 */
CHUTES_API void chutes_conversation_send_reasoning(chutes_conversation *talk,
                                                   int send);

/**
 * Return the messages, for `messages` and `message_count` of
 * chutes_chat_params. Only the thread that uses the conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param count  Receives the number of messages. Must not be NULL.
 * @return An array that the conversation owns, valid until the conversation is
 *         changed or freed. NULL if it is empty.
 */
CHUTES_API const chutes_message *
chutes_conversation_messages(const chutes_conversation *talk, size_t *count);

/**
 * Return the number of messages, including results. Only the thread that uses
 * the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @return Their number; 0 if the conversation is empty.
 */
CHUTES_API size_t chutes_conversation_count(const chutes_conversation *talk);

/**
 * Return one message. Only the thread that uses the conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param index  From 0, the oldest.
 * @return The message, which the conversation owns, valid until the
 *         conversation is changed or freed. NULL if `index` is too high.
 */
CHUTES_API const chutes_message *
chutes_conversation_get(const chutes_conversation *talk, size_t index);

/**
 * Return the reasoning of a message, whether it is sent back or not. Only the
 * thread that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @param index  The message, from 0.
 * @return The text, which the conversation owns, valid until it is changed or
 *         freed. NULL if there is none, or if `index` is too high.
 */
CHUTES_API const char *
chutes_conversation_reasoning(const chutes_conversation *talk, size_t index);

/**
 * Return whether a message is a placeholder for a result that hasn't been
 * provided. Only the thread that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @param index  The message, from 0.
 * @return 1 or 0; 0 if `index` is too high.
 */
CHUTES_API int chutes_conversation_is_pending(const chutes_conversation *talk,
                                              size_t index);

/**
 * Replace the text of a message, and its parts if it has any. Everything else
 * in it, such as tool calls, is unchanged. Only the thread that uses the
 * conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param index  The message.
 * @param text   Copied. Must not be NULL.
 * @return As chutes_conversation says.
 */
CHUTES_API chutes_status chutes_conversation_edit(chutes_conversation *talk,
                                                  size_t index,
                                                  const char *text);

/**
 * Remove a message. If it has tool calls, their results are removed too. If it
 * is a result, the message with its call is removed, together with all results
 * of that message. Only the thread that uses the conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param index  The message.
 * @return CHUTES_OK or CHUTES_ERR_INVALID_ARGUMENT.
 */
CHUTES_API chutes_status chutes_conversation_remove(chutes_conversation *talk,
                                                    size_t index);

/**
 * Estimate how many tokens the messages have: one for every 4 bytes of ASCII,
 * one for each other character, 1,000 for each part that isn't text, and 4 for
 * each message. A CHUTES_PART_JSON of the type "text" is text. Reasoning counts
 * only if it is sent back; see chutes_conversation_send_reasoning(). The true
 * number depends on the model and is part of the usage of an answer. Only the
 * thread that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @return The estimate, 0 or more.
 */
CHUTES_API int64_t chutes_conversation_tokens(const chutes_conversation *talk);

/**
 * Return the number of bytes of the messages as JSON, including reasoning only
 * if it is sent back; see chutes_conversation_send_reasoning(). Only the thread
 * that uses the conversation may call this.
 *
 * @param talk  Must not be NULL.
 * @return The number of bytes, 0 or more.
 */
CHUTES_API int64_t chutes_conversation_bytes(const chutes_conversation *talk);

/**
 * Remove the oldest messages until the rest fits. These are never removed:
 * messages of the roles "system" and "developer"; the newest user message; the
 * newest message and its results; and a message with a tool call that was
 * started and has no result yet (CHUTES_ERR_PENDING_TOOL of
 * chutes_run_tools()). When a user message is removed, so is the answer to it.
 * Only the thread that uses the conversation may call this.
 *
 * @param talk        Must not be NULL.
 * @param max_tokens  As chutes_conversation_tokens() estimates; -1: no limit.
 * @param max_bytes   As chutes_conversation_bytes() counts; -1: no limit.
 * @return CHUTES_OK; CHUTES_ERR_TOO_LARGE: everything that may be removed was
 *         removed, and the rest still doesn't fit; CHUTES_ERR_INVALID_ARGUMENT;
 *         or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_conversation_trim(chutes_conversation *talk,
                                                  int64_t max_tokens,
                                                  int64_t max_bytes);

/**
 * Replace the older messages with a summary, which the model writes in answer
 * to one request. The messages that chutes_conversation_trim() never removes
 * are kept; all others are replaced, including the older rounds of tools after
 * the newest user message. The request for the summary and the summary become a
 * user message and an assistant message before those that are kept, so that the
 * roles still alternate. If there is nothing to replace, or no user message, no
 * request is sent. Only the thread that uses the conversation may call this.
 *
 * @param client  Must not be NULL.
 * @param talk    Must not be NULL.
 * @param chat    The parameters of the request. Not used are `messages`,
 *                on_event, `n`, and all parameters that constrain or continue
 *                the answer, such as json_schema and `stop`. Tools are not
 *                called. Must not be NULL.
 * @param error   Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_TOKEN_LIMIT (the
 *         summary was cut); CHUTES_ERR_FILTERED (a content filter stopped it);
 *         CHUTES_ERR_REFUSED (the model refused to write it);
 *         CHUTES_ERR_PROTOCOL (it is empty, or contains tool calls); or what
 *         chutes_chat() returned.
 */
CHUTES_API chutes_status chutes_conversation_compact(
    chutes_client *client, chutes_conversation *talk,
    const chutes_chat_params *chat, chutes_error *error);

/**
 * Start a chutes_conversation_compact() on a loop. Only the thread that uses
 * the loop may call this.
 *
 * @param loop       Must not be NULL.
 * @param talk       Must not be changed or freed before on_done. Must not be
 *                   NULL.
 * @param chat       As for chutes_conversation_compact(). Read during the call
 *                   only. Must not be NULL.
 * @param on_done    Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return CHUTES_OK if it was started; CHUTES_ERR_INVALID_ARGUMENT;
 *         CHUTES_ERR_NO_MEMORY; or a status of chutes_chat_start(). On failure,
 *         on_done won't run.
 */
CHUTES_API chutes_status chutes_conversation_compact_start(
    chutes_loop *loop, chutes_conversation *talk,
    const chutes_chat_params *chat, chutes_compact_done_fn on_done,
    void *user_data, chutes_call **call, chutes_error *error);

/**
 * Write the messages as JSON: {"messages":[…]} with OpenAI's names, and the
 * reasoning as `reasoning_content`. The same conversation always yields the
 * same bytes, even after it was saved and loaded. Only the thread that uses the
 * conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param json   Receives the NUL-terminated text, or NULL on failure. The
 *               caller owns it and frees it with chutes_string_free(). Must not
 *               be NULL.
 * @param error  Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT, CHUTES_ERR_TOO_LARGE (more
 *         than 128 MiB) or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_conversation_to_json(
    const chutes_conversation *talk, char **json, chutes_error *error);

/**
 * Read a conversation from JSON, which need not be trusted: {"messages":[…]} or
 * only the array. Unknown members of a message or of a tool call become its
 * extra_json; those of the `function` inside a tool call are dropped. A tool
 * call without a result gets a placeholder, which
 * chutes_conversation_add_tool_result() replaces; a placeholder that was saved
 * is recognised. If the conversation ends with one, the tool may have run, and
 * chutes_run_tools() fails with CHUTES_ERR_PENDING_TOOL. If `reasoning` and
 * `reasoning_content` differ, the latter is used. It is an error if a result
 * has no call, if a call has two results, or if a member occurs twice or has
 * the wrong type. Any thread may call this.
 *
 * @param json   Must not be NULL.
 * @param len    The number of bytes, at most 128 MiB.
 * @param talk   Receives the conversation, or NULL on failure. The caller owns
 *               it and frees it with chutes_conversation_free(). Must not be
 *               NULL.
 * @param error  Filled in: the message names the place, such as
 *               "$.messages[3].content". May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT; CHUTES_ERR_PROTOCOL (not
 *         JSON, or not a conversation); CHUTES_ERR_TOO_LARGE (too long, or too
 *         many tool calls, parts or unknown members in one message or call); or
 *         CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status
chutes_conversation_from_json(const char *json, size_t len,
                              chutes_conversation **talk, chutes_error *error);

/**
 * Write the JSON of chutes_conversation_to_json() to a file. An existing file
 * is replaced only when the new one has reached the disk, so the file is never
 * half written. The mode of an existing file and any symbolic link to it are
 * preserved. A new file is readable only by its owner. Only the thread that
 * uses the conversation may call this.
 *
 * @param talk   Must not be NULL.
 * @param path   Must not be NULL.
 * @param error  Filled in. May be NULL.
 * @return As chutes_conversation_to_json(), or CHUTES_ERR_FILE.
 */
CHUTES_API chutes_status chutes_conversation_save(
    const chutes_conversation *talk, const char *path, chutes_error *error);

/**
 * Read a file with chutes_conversation_from_json(). A newline at its end is
 * ignored. Any thread may call this.
 *
 * @param path   Must not be NULL.
 * @param talk   As for chutes_conversation_from_json(). Must not be NULL.
 * @param error  Filled in. May be NULL.
 * @return As chutes_conversation_from_json(); CHUTES_ERR_NOT_FOUND (there is no
 *         such file, so a program may begin a new conversation); or
 *         CHUTES_ERR_FILE (the file exists but can't be read, so a program
 *         should not overwrite it).
 */
CHUTES_API chutes_status chutes_conversation_load(const char *path,
                                                  chutes_conversation **talk,
                                                  chutes_error *error);

#ifdef __cplusplus
}
#endif

#endif
