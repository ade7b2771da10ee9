/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_SCORE_H
#define CHUTES_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/**
 * Parameters of a call that scores texts against a query. Initialise them with
 * chutes_score_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 */
typedef struct chutes_score_params {
    size_t struct_size; /**< Set by chutes_score_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params. NULL: "v1/score" below the host of a chute, and
     * "score" below base_url, which has the "v1" already. */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's, but must not change the number of
     * texts. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    const char *query;        /**< Required, not empty. */
    const char *const *texts; /**< Required: non-empty texts. */
    size_t text_count;        /**< At least 1. */
    /** NULL: the query and the texts are sent in vLLM's form, for models that
     * compare two texts. Otherwise they are sent in SGLang's form, which scores
     * each text by the probabilities of these tokens after it. */
    const int64_t *label_token_ids;
    size_t label_token_count; /**< At least 1 with label_token_ids. */
    int apply_softmax; /**< 0 or 1, in SGLang's form: the scores of a text add
                            up to 1. */
    int item_first;    /**< 0 or 1, in SGLang's form: the text comes before the
                            query. */
} chutes_score_params;

/** The scores, in the order of the texts. */
typedef struct chutes_score_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    /** text_count rows of label_count numbers, all finite. */
    const double *scores;
    size_t text_count;
    size_t label_count;        /**< 1 in vLLM's form. */
    const char *model;         /**< "" if not sent. */
    const chutes_usage *usage; /**< NULL if not sent. */
} chutes_score_response;

/** Receives the end of a chutes_score_start(). Like chutes_chat_done_fn, but
 * chutes_score_response_free() frees the response. */
typedef void (*chutes_score_done_fn)(chutes_status status,
                                     chutes_score_response *response,
                                     const chutes_error *error,
                                     void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_score_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_score_params_init(chutes_score_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_score_params chutes_score_params_default(void)
{
    chutes_score_params params;

    chutes_score_params_init(&params, sizeof(params));
    return params;
}

/**
 * Score texts against a query, in vLLM's form or in SGLang's. The forms have
 * the same path, but different requests and answers.
 *
 * The library checks that there is one score per text (in SGLang's form, one
 * per text and label), that none belongs to another text, and that all are
 * finite.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the scores, or NULL on failure. The caller owns
 *                  them and frees them with chutes_score_response_free(). If
 *                  `response` is NULL, the scores are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); CHUTES_ERR_NOT_FOUND (also if the server has
 *         no such path); or any other status.
 */
CHUTES_API chutes_status chutes_score(chutes_client *client,
                                      const chutes_score_params *params,
                                      chutes_score_response **response,
                                      chutes_error *error);

/**
 * Start a chutes_score() on a loop. Only the thread that uses the loop may call
 * this.
 *
 * @param loop       Must not be NULL.
 * @param params     Read before this returns. Must not be NULL.
 * @param on_done    As for chutes_chat_start(). Must not be NULL.
 * @param user_data  Passed to on_done.
 * @param call       As for chutes_chat_start(). May be NULL.
 * @param error      Filled in. May be NULL.
 * @return As chutes_chat_start().
 */
CHUTES_API chutes_status chutes_score_start(chutes_loop *loop,
                                            const chutes_score_params *params,
                                            chutes_score_done_fn on_done,
                                            void *user_data, chutes_call **call,
                                            chutes_error *error);

/**
 * Free the scores and everything that they point to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_score_response_free(chutes_score_response *response);

#ifdef __cplusplus
}
#endif

#endif
