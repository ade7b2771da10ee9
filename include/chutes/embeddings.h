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
    size_t struct_size;       /**< Set by chutes_embed_params_default(). */
    const char *model;        /**< Required. */
    const char *const *input; /**< Required: texts, none empty. */
    size_t input_count;       /**< At least 1. */
    size_t max_batch_inputs;  /**< Inputs of one request; more are split over
                                   several. 2048, as OpenAI has it; servers
                                   of TEI take 32. */
    size_t max_batch_bytes;   /**< Bytes of text in one request, unless one
                                   input alone has more. 1 MiB. */
    int max_parallel;         /**< Requests of this call at once, 1 to 64.
                                   4. */
    int keep_raw; /**< 1: keep the JSON of each part, 0: of none. CHUTES_UNSET:
                       keep it when there is one part only, as it takes
                       several times the memory of the vectors. */
    int64_t dimensions;          /**< 1 or more; not every model knows it. An
                                      answer of another dimension is refused. */
    const char *encoding_format; /**< "float" or "base64": what to ask for.
                                      Either is understood, whatever comes. */
    const char *user;
    const char *extra_json; /**< A JSON object merged into the body, word for
                                 word; its keys win. */
    const chutes_call_options *call_options; /**< May be NULL. */
} chutes_embed_params;

/** One request of an embeddings call that was split. */
typedef struct chutes_embed_part {
    size_t first;         /**< Index of its first input. */
    size_t count;         /**< Its inputs. */
    chutes_status status; /**< CHUTES_OK: its rows are there. */
    int http_status;      /**< 0: no answer came. */
    int attempts;         /**< 0: it was not begun. */
    const char *raw_json; /**< The answer as received. NUL-terminated; "" when
                               the part failed or keep_raw is off. */
    size_t raw_len;
    const float *values; /**< Its vectors, row by row: count × dimension. NULL
                              when the part failed. */
} chutes_embed_part;

/** The vectors, one for each input and in the order of the inputs. */
typedef struct chutes_embed_response {
    const float *values; /**< count × dimension, row by row. NULL unless
                              `complete`: chutes_embedding_at() and the parts
                              have the vectors that came. */
    size_t count;        /**< Equals the number of inputs. */
    size_t dimension;
    const char *model;                /**< "" when not told. */
    const chutes_usage *usage;        /**< NULL when not told. */
    const chutes_response_info *info; /**< Of the part that ended last; attempts
                                           are those of all parts. */
    const char *raw_json; /**< The answer as received. NUL-terminated. "" when
                               there are several parts, which have theirs, or
                               keep_raw is off. */
    size_t raw_len;
    int complete;                          /**< 1: every part is there. */
    const chutes_embed_part *const *parts; /**< In the order of the inputs. */
    size_t part_count;
} chutes_embed_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to the defaults.
 *
 * @param params  NULL: nothing happens.
 * @param size    sizeof(chutes_embed_params), which becomes struct_size.
 *                Exactly so many bytes are written.
 *
 * Any thread.
 */
CHUTES_API void chutes_embed_params_init(chutes_embed_params *params,
                                         size_t size);

/** The same by value. */
static inline chutes_embed_params chutes_embed_params_default(void)
{
    chutes_embed_params params;

    chutes_embed_params_init(&params, sizeof(params));
    return params;
}

/**
 * Embed texts and wait for the vectors: any number of them. What is more than
 * max_batch_inputs or max_batch_bytes is split into several requests, of which
 * max_parallel are under way at once; each is attempted and retried for itself.
 *
 * Every vector is checked: as many as there were inputs, all of one dimension
 * (the one asked for, if `dimensions` was given), every index once, every
 * number finite. Servers number the vectors of a request from 0, from 1 or not
 * at all; any consecutive numbers are understood.
 *
 * A server that answers some of the requests with HTTP 429, while others of
 * this call are under way, gets fewer of them at once from then on. This uses
 * up no attempts, unless the policy is CHUTES_RETRY_NONE.
 *
 * Memory grows with the bytes that arrive, whatever dimension a server claims.
 * Without the raw JSON (see keep_raw) vectors are read while they arrive, so
 * the peak is little more than the matrix, whatever the size of a request: for
 * each of the max_parallel requests its text, and 64 KiB and one vector of its
 * answer.
 *
 * @param client    Any thread, any number of calls at once.
 * @param params    Read during the call only.
 * @param response  Receives the vectors, owned by the caller, free with
 *                  chutes_embed_response_free(). When a part failed and another
 *                  was finished: what there is, with `complete` 0. NULL after
 *                  other failures. May be NULL.
 * @param error     Filled on failure. May be NULL.
 * @return CHUTES_OK, or the failure of the first part that failed, which the
 *         message names when there are several. Requests that are under way at
 *         that time are finished, and no further ones begin.
 *         CHUTES_ERR_PROTOCOL names what was wrong with the answer.
 */
CHUTES_API chutes_status chutes_embed(chutes_client *client,
                                      const chutes_embed_params *params,
                                      chutes_embed_response **response,
                                      chutes_error *error);

/**
 * The vector of one input, of response->dimension numbers.
 *
 * @param response  Not NULL.
 * @param index     Of the input; any number.
 * @return Borrowed from the response; NULL when index is not below
 *         response->count or the part that has the input failed.
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
    /* The part that begins at or before the input. */
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

/** Free the vectors and everything reached through them. NULL does nothing. */
CHUTES_API void chutes_embed_response_free(chutes_embed_response *response);

#ifdef __cplusplus
}
#endif

#endif
