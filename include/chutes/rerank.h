/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_RERANK_H
#define CHUTES_RERANK_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/loop.h>

/**
 * Parameters of a reranking call. Initialise them with
 * chutes_rerank_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 */
typedef struct chutes_rerank_params {
    size_t struct_size; /**< Set by chutes_rerank_params_default(). */
    /** NULL for servers with a single model, such as a chute. */
    const char *model;
    /** A chute by its slug: the request goes to https://SLUG.chutes.ai/. NULL:
     * it goes to base_url. */
    const char *slug;
    /** The path below the chute's host or base_url, as in
     * chutes_invoke_params. NULL: "v1/rerank" below the host of a chute, and
     * "rerank" below base_url, which has the "v1" already. */
    const char *path;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's, but must not change the number of
     * documents. vLLM calls its instruction "instruction", SGLang "instruct".
     */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    const char *query;            /**< Required, not empty. */
    const char *const *documents; /**< Required: non-empty texts. */
    size_t document_count;        /**< At least 1. */
    /** How many of the best results to return: 1 or more. CHUTES_UNSET: all.
     * Set it here and not in extra_json, because the library checks the number
     * of results. */
    int64_t top_n;
    /** 0 or 1: whether the server should repeat the documents. SGLang, Cohere's
     * v1 API and Infinity obey this; vLLM always repeats them. */
    int return_documents;
    int reserved;
} chutes_rerank_params;

/** One document and how well it fits the query. */
typedef struct chutes_rerank_result {
    size_t index; /**< The document's index in `documents`. */
    /** Higher is better. Many servers send 0 to 1, others send logits. */
    double score;
    const char *document; /**< As the server repeats it; NULL if it doesn't. */
} chutes_rerank_result;

/** The documents, the best first. */
typedef struct chutes_rerank_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    /** Sorted by score. Equal scores are in the order of the documents. */
    const chutes_rerank_result *const *results;
    /** Equals document_count or top_n, whichever is lower. */
    size_t result_count;
    const char *model;         /**< "" if not sent. */
    const chutes_usage *usage; /**< NULL if not sent. */
} chutes_rerank_response;

/** Receives the end of a chutes_rerank_start(). Like chutes_chat_done_fn, but
 * chutes_rerank_response_free() frees the response. */
typedef void (*chutes_rerank_done_fn)(chutes_status status,
                                      chutes_rerank_response *response,
                                      const chutes_error *error,
                                      void *user_data);

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_rerank_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_rerank_params_init(chutes_rerank_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_rerank_params chutes_rerank_params_default(void)
{
    chutes_rerank_params params;

    chutes_rerank_params_init(&params, sizeof(params));
    return params;
}

/**
 * Sort documents by how well they fit a query. The library reads the answers of
 * vLLM, SGLang, Cohere, Jina, Voyage and Infinity.
 *
 * The library checks that each result refers to a document that was sent, that
 * none occurs twice or is missing, and that all scores are finite. If a server
 * ignores top_n and sends more results, only the best are returned.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the results, or NULL on failure. The caller owns
 *                  them and frees them with chutes_rerank_response_free(). If
 *                  `response` is NULL, the results are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); CHUTES_ERR_NOT_FOUND (also if the server has
 *         no such path); or any other status.
 */
CHUTES_API chutes_status chutes_rerank(chutes_client *client,
                                       const chutes_rerank_params *params,
                                       chutes_rerank_response **response,
                                       chutes_error *error);

/**
 * Start a chutes_rerank() on a loop. Only the thread that uses the loop may
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
CHUTES_API chutes_status chutes_rerank_start(chutes_loop *loop,
                                             const chutes_rerank_params *params,
                                             chutes_rerank_done_fn on_done,
                                             void *user_data,
                                             chutes_call **call,
                                             chutes_error *error);

/**
 * Free results and everything that they point to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_rerank_response_free(chutes_rerank_response *response);

#ifdef __cplusplus
}
#endif

#endif
