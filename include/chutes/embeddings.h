/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_EMBEDDINGS_H
#define CHUTES_EMBEDDINGS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/message.h>
#include <chutes/response.h>

/**
 * One input with an image or a video, in SGLang's form; which of them can be
 * embedded depends on the model. At least one member is required, and none may
 * be "". Together they yield one vector.
 */
typedef struct chutes_embed_item {
    const char *text;
    const char *image; /**< An http, https or data URL; chutes_data_url()
                            encodes a data URL. */
    const char *video; /**< Likewise. */
} chutes_embed_item;

/**
 * Parameters of an embeddings call. Initialise them with
 * chutes_embed_params_default(). Members that are NULL or CHUTES_UNSET are not
 * sent.
 */
typedef struct chutes_embed_params {
    size_t struct_size; /**< Set by chutes_embed_params_default(). */
    const char *model;  /**< Required. */
    /** The inputs: non-empty texts. Exactly one of `input`, `token_input`,
     * `items` and `messages` is required. Infinity accepts image URLs as texts
     * if extra_json is {"modality":"image"}. */
    const char *const *input;
    size_t input_count; /**< At least 1. */
    /** The maximum number of inputs per request; more inputs are split into
     * several requests. Default: 2048, OpenAI's limit. TEI servers accept at
     * most 32 by default. */
    size_t max_batch_inputs;
    /** The maximum number of bytes of text and URLs per request; a longer input
     * is sent in a request of its own. A token counts as 8 bytes. Default: 1
     * MiB. */
    size_t max_batch_bytes;
    int max_parallel; /**< How many requests of this call may be in progress at
                           a time, 1 to 64. Default: 4. */
    /** 1: keep the JSON of all parts. 0: don't keep it. CHUTES_UNSET: keep it
     * if there is only one part. The JSON needs several times the memory of the
     * vectors. */
    int keep_raw;
    /** 1 or more; not all models support it. If an answer has another
     * dimension, the call fails with CHUTES_ERR_PROTOCOL. */
    int64_t dimensions;
    const char *encoding_format; /**< "float" or "base64". The library decodes
                                      both, whichever the server sends. */
    const char *user;
    /** A JSON object that is merged into the body verbatim. Keys in it
     * override the library's. */
    const char *extra_json;
    const chutes_call_options *call_options; /**< NULL: the client's. */

    /** The inputs as token ids, in place of `input`. OpenAI, vLLM, SGLang and
     * llama.cpp accept them; TEI and Infinity don't. */
    const chutes_tokens *token_input;
    size_t token_input_count; /**< At least 1. */
    /** 1 or more: longer inputs are cut to this many tokens. -1: they are cut
     * to the model's limit. For vLLM; other servers ignore it or answer HTTP
     * 400. */
    int64_t truncate_prompt_tokens;
    /** The purpose of the inputs, as the server names it: "query" or "document"
     * (Voyage, NVIDIA), "search_query" or "search_document" (Cohere). For
     * models that read an instruction in the text, see chutes_embed_instruct().
     */
    const char *input_type;

    /** Texts with images or videos, in place of `input`. For SGLang. */
    const chutes_embed_item *items;
    size_t item_count; /**< At least 1. */
    size_t item_size;  /**< sizeof(chutes_embed_item), set by _default(). */
    /** A chat, in place of `input`, which the server turns into a prompt with
     * the model's template. It yields one vector. For vLLM, which embeds images
     * only in this way, as parts of a message. */
    const chutes_message *messages;
    size_t message_count; /**< At least 1. */
    size_t message_size;  /**< sizeof(chutes_message), set by _default(). */
} chutes_embed_params;

/** One of the requests that an embeddings call was split into. */
typedef struct chutes_embed_part {
    size_t first;         /**< The index of its first input. */
    size_t count;         /**< The number of its inputs. */
    chutes_status status; /**< CHUTES_OK if `values` is available. */
    int http_status;      /**< 0 if there was no answer. */
    int attempts;         /**< 0 if it was not started. */
    const char *raw_json; /**< The answer as received. NUL-terminated. "" if the
                               part failed or keep_raw is off. */
    size_t raw_len;
    /** The vectors, row by row: count × dimension numbers. NULL if the part
     * failed. */
    const float *values;
} chutes_embed_part;

/** The vectors, one per input, in the order of the inputs. */
typedef struct chutes_embed_response {
    /** count × dimension numbers, row by row. NULL unless `complete` is 1; use
     * chutes_embedding_at() or `parts` for the vectors that are available. */
    const float *values;
    size_t count; /**< Equals the number of inputs. */
    size_t dimension;
    const char *model;                /**< "" if not sent. */
    const chutes_usage *usage;        /**< NULL if not sent. */
    const chutes_response_info *info; /**< Describes the part that ended last,
                                           but `attempts` counts those of all
                                           parts. */
    const char *raw_json; /**< The answer as received. NUL-terminated. "" if
                               there are several parts (each has its own), or if
                               keep_raw is off. */
    size_t raw_len;
    int complete;                          /**< 1: all parts succeeded. */
    const chutes_embed_part *const *parts; /**< In the order of the inputs. */
    size_t part_count;
} chutes_embed_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_embed_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_embed_params_init(chutes_embed_params *params,
                                         size_t size);

/** Return parameters set to their defaults. */
static inline chutes_embed_params chutes_embed_params_default(void)
{
    chutes_embed_params params;

    chutes_embed_params_init(&params, sizeof(params));
    return params;
}

/**
 * Embed any number of texts and wait for the vectors. Texts that exceed
 * max_batch_inputs or max_batch_bytes are split into several requests, at most
 * max_parallel of which are in progress at a time. Each request is retried on
 * its own.
 *
 * The library checks that there is one vector per input, that all have the same
 * dimension (and the one in `dimensions`, if set), that no index occurs twice,
 * and that all numbers are finite. Servers may number the vectors of a request
 * from any index on, or not at all.
 *
 * If the server answers a request with HTTP 429 while others of this call are
 * in progress, the library lowers the number of requests in progress and sends
 * the refused one again later. This doesn't count towards max_attempts. After
 * 16 answers without another refusal for each request in progress, the library
 * raises the number by one, up to max_parallel. The part fails instead if
 * retry_policy is CHUTES_RETRY_NONE, if the quota is exhausted, or if the
 * server asks for a delay above max_retry_wait_ms. After the call has failed, a
 * part that the server refuses with HTTP 429 fails as well.
 *
 * Memory grows with the bytes received, not with the dimension that a server
 * claims. Unless the raw JSON is kept (see keep_raw), vectors are decoded as
 * they arrive. The peak is then little more than the matrix: each request in
 * progress also needs its text, 64 KiB and one vector.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    Must not be NULL. Read during the call only.
 * @param response  Receives the vectors, which the caller owns and frees with
 *                  chutes_embed_response_free(). If some parts succeeded and
 *                  others failed, it holds those that succeeded, and `complete`
 *                  is 0. After other failures it is NULL. If `response` is
 *                  NULL, the vectors are discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL (the message says what is
 *         wrong with the answer); or any other status. If several parts fail,
 *         the first failure is returned, and the message names its part. After
 *         a failure, the requests in progress are completed and no others are
 *         started.
 */
CHUTES_API chutes_status chutes_embed(chutes_client *client,
                                      const chutes_embed_params *params,
                                      chutes_embed_response **response,
                                      chutes_error *error);

/**
 * Return the vector of one input: response->dimension numbers. Only the thread
 * that uses the response may call this.
 *
 * @param response  Must not be NULL.
 * @param index     The index of the input; any value is allowed.
 * @return The vector, valid until the response is freed. NULL if index is not
 *         below response->count or if the part of this input failed.
 */
static inline const float *
chutes_embedding_at(const chutes_embed_response *response, size_t index)
{
    size_t first = 0;
    size_t last = response->part_count;

    if (index >= response->count) {
        return NULL;
    }
    if (response->values != NULL) {
        return response->values + index * response->dimension;
    }
    /* Find the last part that begins at or before the input. */
    while (last - first > 1) {
        size_t middle = first + (last - first) / 2;

        if (response->parts[middle]->first <= index) {
            first = middle;
        } else {
            last = middle;
        }
    }
    if (last == 0 || response->parts[first]->values == NULL) {
        return NULL;
    }
    return response->parts[first]->values +
           (index - response->parts[first]->first) * response->dimension;
}

/**
 * Put an instruction in front of a query, in the form that Qwen3-Embedding,
 * e5-instruct and others were trained with: "Instruct: TASK", a line end and
 * "Query:QUERY". Embed documents without an instruction. Any thread may call
 * this.
 *
 * @param task   One sentence, such as "Given a web search query, retrieve
 *               relevant passages that answer the query". Must not be NULL.
 * @param query  Must not be NULL.
 * @return The text, which the caller frees with chutes_string_free(); NULL if
 *         an argument is NULL or memory runs out.
 */
CHUTES_API char *chutes_embed_instruct(const char *task, const char *query);

/**
 * Free vectors and everything else that the response points to. Any thread may
 * call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_embed_response_free(chutes_embed_response *response);

#ifdef __cplusplus
}
#endif

#endif
