/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLASSIFY_H
#define CHUTES_CLASSIFY_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/**
 * Parameters of a call that classifies texts. Initialise them with
 * chutes_classify_params_default().
 */
typedef struct chutes_classify_params {
    size_t struct_size; /**< Set by chutes_classify_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in chutes_invoke_params.
     * NULL: "classify" below the host of a chute or, without `slug`, below
     * base_url minus a "v1" at its end, where vLLM serves it. SGLang serves it
     * below the "v1": pass "classify". */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's, but must not change the number of
     * texts. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    const char *const *input; /**< Required: non-empty texts. */
    size_t input_count;       /**< At least 1. */
} chutes_classify_params;

/** The class of one text. */
typedef struct chutes_classify_result {
    const char *label; /**< The name of the likeliest class. "" if the server
                            has no names for the classes. */
    const double *probabilities; /**< The probability of each class, in the
                                    model's order. */
    size_t class_count;          /**< At least 1. */
    size_t best;                 /**< Index of the highest probability. */
} chutes_classify_result;

/** The classes, in the order of the texts. */
typedef struct chutes_classify_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    const chutes_classify_result *const *results;
    size_t result_count;       /**< Equals input_count. */
    const char *model;         /**< "" if not sent. */
    const chutes_usage *usage; /**< NULL if not sent. */
} chutes_classify_response;

/** Receives the end of a chutes_classify_start(). Like chutes_chat_done_fn, but
 * chutes_classify_response_free() frees the response. */
typedef void (*chutes_classify_done_fn)(chutes_status status,
                                        chutes_classify_response *response,
                                        const chutes_error *error,
                                        void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_classify_params): the number of bytes written,
 *                and the new struct_size.
 */
CHUTES_API void chutes_classify_params_init(chutes_classify_params *params,
                                            size_t size);

/** Return parameters set to their defaults. */
static inline chutes_classify_params chutes_classify_params_default(void)
{
    chutes_classify_params params;

    chutes_classify_params_init(&params, sizeof(params));
    return params;
}

/**
 * Classify texts with a model that has a classification head. vLLM and SGLang
 * serve such models.
 *
 * The library checks that there is one result per text, that none belongs to
 * another text, and that all probabilities are finite.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the classes, or NULL on failure. The caller owns
 *                  them and frees them with chutes_classify_response_free(). If
 *                  `response` is NULL, the classes are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); CHUTES_ERR_NOT_FOUND (also if the server has
 *         no such path); or any other status.
 */
CHUTES_API chutes_status chutes_classify(chutes_client *client,
                                         const chutes_classify_params *params,
                                         chutes_classify_response **response,
                                         chutes_error *error);

/**
 * Start a chutes_classify() on a loop. Only the thread that uses the loop may
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
chutes_classify_start(chutes_loop *loop, const chutes_classify_params *params,
                      chutes_classify_done_fn on_done, void *user_data,
                      chutes_call **call, chutes_error *error);

/**
 * Free the classes and everything that they point to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void
chutes_classify_response_free(chutes_classify_response *response);

#ifdef __cplusplus
}
#endif

#endif
