/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOKENIZE_H
#define CHUTES_TOKENIZE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/**
 * Parameters of a call that splits a text into tokens. Initialise them with
 * chutes_tokenize_params_default(). Set either `prompt` or `messages`. Members
 * that are NULL or CHUTES_UNSET are not sent.
 */
typedef struct chutes_tokenize_params {
    size_t struct_size; /**< Set by chutes_tokenize_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in chutes_invoke_params.
     * NULL: "tokenize" below the host of a chute or, without `slug`, below
     * base_url minus a "v1" at its end, where vLLM and SGLang serve it. */
    const char *path;
    /** A JSON object that is merged into the body verbatim, such as
     * {"tools":[]} for messages. Keys in it override the library's. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    const char *prompt; /**< A text; may be empty. */
    /** A chat, which the server first turns into a prompt with the model's
     * template. */
    const chutes_message *messages;
    size_t message_count;
    size_t message_size;    /**< sizeof(chutes_message), set by _default(). */
    int add_special_tokens; /**< 0 or 1: tokens such as the one that begins a
                                 text. */
    int add_generation_prompt; /**< 0 or 1: the tokens that begin the model's
                                    answer. Only with `messages`. */
    int return_token_texts;    /**< 0 or 1: also the text of each token, if the
                                    server is vLLM. */
    int reserved;
} chutes_tokenize_params;

/** The tokens of a text. */
typedef struct chutes_tokenize_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    const int64_t *tokens; /**< Never negative. */
    size_t token_count;
    /** The text of each token, as the server writes it. NULL if not sent. */
    const char *const *token_texts;
    int64_t max_model_len; /**< How many tokens the model can process; -1 if not
                                sent. */
} chutes_tokenize_response;

/**
 * Parameters of a call that joins tokens into a text. Initialise them with
 * chutes_detokenize_params_default().
 */
typedef struct chutes_detokenize_params {
    size_t struct_size; /**< Set by chutes_detokenize_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in chutes_invoke_params.
     * NULL: "detokenize" below the host of a chute or, without `slug`, below
     * base_url minus a "v1" at its end, where vLLM and SGLang serve it. */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    const int64_t *tokens; /**< Required: each is 0 or more. */
    size_t token_count;    /**< At least 1. */
} chutes_detokenize_params;

/** A text that was joined from tokens. */
typedef struct chutes_detokenize_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    /** A token that isn't text, or is only part of a character, becomes
     * U+FFFD. */
    const char *text;
    size_t text_len;
} chutes_detokenize_response;

/** Receives the end of a chutes_tokenize_start(). Like chutes_chat_done_fn, but
 * chutes_tokenize_response_free() frees the response. */
typedef void (*chutes_tokenize_done_fn)(chutes_status status,
                                        chutes_tokenize_response *response,
                                        const chutes_error *error,
                                        void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_tokenize_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_tokenize_params_init(chutes_tokenize_params *params,
                                            size_t size);

/** Return parameters set to their defaults. */
static inline chutes_tokenize_params chutes_tokenize_params_default(void)
{
    chutes_tokenize_params params;

    chutes_tokenize_params_init(&params, sizeof(params));
    return params;
}

/**
 * Split a text, or a chat, into the tokens of a model. vLLM and SGLang can do
 * this, and so can chutes that serve their models with vLLM.
 *
 * If the server states the number of tokens, the library checks it.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the tokens, or NULL on failure. The caller owns
 *                  them and frees them with chutes_tokenize_response_free(). If
 *                  `response` is NULL, the tokens are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); CHUTES_ERR_NOT_FOUND (also if the server has
 *         no such path); or any other status.
 */
CHUTES_API chutes_status chutes_tokenize(chutes_client *client,
                                         const chutes_tokenize_params *params,
                                         chutes_tokenize_response **response,
                                         chutes_error *error);

/**
 * Start a chutes_tokenize() on a loop. Only the thread that uses the loop may
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
chutes_tokenize_start(chutes_loop *loop, const chutes_tokenize_params *params,
                      chutes_tokenize_done_fn on_done, void *user_data,
                      chutes_call **call, chutes_error *error);

/**
 * Free the tokens and everything that they point to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void
chutes_tokenize_response_free(chutes_tokenize_response *response);

#ifdef __cplusplus
}
#endif

/** Receives the end of a chutes_detokenize_start(). Like chutes_chat_done_fn,
 * but chutes_detokenize_response_free() frees the response. */
typedef void (*chutes_detokenize_done_fn)(chutes_status status,
                                          chutes_detokenize_response *response,
                                          const chutes_error *error,
                                          void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_detokenize_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_detokenize_params_init(chutes_detokenize_params *params,
                                              size_t size);

/** Return parameters set to their defaults. */
static inline chutes_detokenize_params chutes_detokenize_params_default(void)
{
    chutes_detokenize_params params;

    chutes_detokenize_params_init(&params, sizeof(params));
    return params;
}

/**
 * Join tokens into the text that they stand for: the reverse of
 * chutes_tokenize().
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the text, or NULL on failure. The caller owns
 *                  it and frees it with chutes_detokenize_response_free(). If
 *                  `response` is NULL, the text is discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); CHUTES_ERR_NOT_FOUND (also if the server has
 *         no such path); or any other status.
 */
CHUTES_API chutes_status
chutes_detokenize(chutes_client *client, const chutes_detokenize_params *params,
                  chutes_detokenize_response **response, chutes_error *error);

/**
 * Start a chutes_detokenize() on a loop. Only the thread that uses the loop may
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
CHUTES_API chutes_status chutes_detokenize_start(
    chutes_loop *loop, const chutes_detokenize_params *params,
    chutes_detokenize_done_fn on_done, void *user_data, chutes_call **call,
    chutes_error *error);

/**
 * Free the text and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void
chutes_detokenize_response_free(chutes_detokenize_response *response);

#ifdef __cplusplus
}
#endif

#endif
