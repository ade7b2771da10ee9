/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_EMBEDDINGS_H
#define CHUTES_EMBEDDINGS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

/**
 * Parameters of an embeddings call. Start from chutes_embed_params_default().
 * What is NULL or CHUTES_UNSET is not sent. Read during the call only.
 */
typedef struct chutes_embed_params {
    size_t struct_size;          /**< Set by chutes_embed_params_default(). */
    const char *model;           /**< Required. */
    const char *const *input;    /**< Required: texts, none empty. */
    size_t input_count;          /**< At least 1. */
    int64_t dimensions;          /**< 1 or more; not every model knows it. */
    const char *encoding_format; /**< "float" or "base64": what to ask for.
                                      Either is understood, whatever comes. */
    const char *user;
    const char *extra_json; /**< A JSON object merged into the body, word for
                                 word; its keys win. */
    const chutes_call_options *call_options; /**< May be NULL. */
} chutes_embed_params;

/** The vectors, one for each input and in the order of the inputs. */
typedef struct chutes_embed_response {
    const float *values; /**< count × dimension, row by row. */
    size_t count;        /**< Equals the number of inputs. */
    size_t dimension;
    const char *model;         /**< "" when not told. */
    const chutes_usage *usage; /**< NULL when not told. */
    const chutes_response_info *info;
    const char *raw_json; /**< The answer as received. NUL-terminated. */
    size_t raw_len;
} chutes_embed_response;

#ifdef __cplusplus
extern "C" {
#endif

/** Nothing set but the size; cannot fail. */
static inline chutes_embed_params chutes_embed_params_default(void)
{
    chutes_embed_params params = {sizeof(chutes_embed_params),
                                  NULL,
                                  NULL,
                                  0,
                                  CHUTES_UNSET,
                                  NULL,
                                  NULL,
                                  NULL,
                                  NULL};

    return params;
}

/**
 * Embed texts and wait for the vectors. One call is at most one POST.
 *
 * Every vector is checked: as many as there were inputs, all of one dimension,
 * every index once, every number finite.
 *
 * @param client    Any thread, any number of calls at once.
 * @param params    Read during the call only.
 * @param response  Receives the vectors, owned by the caller, free with
 *                  chutes_embed_response_free(); NULL on failure. Must not be
 *                  NULL.
 * @param error     Filled on failure. May be NULL.
 * @return CHUTES_OK or a failure; CHUTES_ERR_PROTOCOL names what was wrong with
 *         the answer.
 */
CHUTES_API chutes_status chutes_embed(chutes_client *client,
                                      const chutes_embed_params *params,
                                      chutes_embed_response **response,
                                      chutes_error *error);

/**
 * The vector of one input, of response->dimension numbers.
 *
 * @param response  Not NULL.
 * @param index     Below response->count.
 * @return Borrowed from the response; NULL when index is out of range.
 */
static inline const float *
chutes_embedding_at(const chutes_embed_response *response, size_t index)
{
    return index < response->count
               ? response->values + index * response->dimension
               : NULL;
}

/** Free the vectors and everything reached through them. NULL does nothing. */
CHUTES_API void chutes_embed_response_free(chutes_embed_response *response);

#ifdef __cplusplus
}
#endif

#endif
