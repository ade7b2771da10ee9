/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MODELS_H
#define CHUTES_MODELS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

/**
 * Parameters of a list of models. Start from chutes_models_params_default().
 * Read during the call only.
 */
typedef struct chutes_models_params {
    size_t struct_size; /**< Set by chutes_models_params_default(). */
    const chutes_call_options *call_options; /**< May be NULL. */
} chutes_models_params;

/**
 * One model. Only the id is certain: servers tell as much as they like. What
 * is absent is NULL, 0 for counts of an array, and -1 for other numbers.
 *
 * All prices are in US dollars per million tokens, whatever the server wrote:
 * numbers, and objects such as {"usd":0.1,"tao":…}, are taken as that (Chutes),
 * strings as dollars per token (OpenRouter). 0 means that the server says it is
 * free, -1 that the price is unknown.
 */
typedef struct chutes_model {
    const char *id; /**< What goes into `model`: the server's `id`, or else its
                         `name`. */
    const char *owned_by;
    const char *root;
    const char *chute_id;
    const char *quantization;
    int64_t created;           /**< Unix time in seconds. */
    int64_t context_length;    /**< Tokens; else max_model_len. */
    int64_t max_output_length; /**< Tokens. */
    double input_price;        /**< USD per million tokens of the prompt. */
    double output_price;       /**< USD per million generated tokens. */
    double cache_read_price;   /**< USD per million tokens of the prompt that
                                    come from the cache. */
    int confidential_compute;  /**< 1 runs in a TEE, 0 doesn't, -1 unknown. */
    int has_other_prices;      /**< 1: something else costs too, such as each
                                    request or image; `raw_json` has it. 0: the
                                    server names no such price. */
    const char *const *input_modalities; /**< "text", "image", … */
    size_t input_modality_count;
    const char *const *output_modalities;
    size_t output_modality_count;
    const char *const *supported_features; /**< "tools", "json_mode", … */
    size_t supported_feature_count;
    const char *const *supported_sampling_parameters;
    size_t supported_sampling_parameter_count;
    const char *raw_json; /**< The entry as received. NUL-terminated. */
    size_t raw_len;
} chutes_model;

/** The models of a server, in its order. Entries that name no model are left
 * out and counted; when no entry names one, the call fails with
 * CHUTES_ERR_PROTOCOL. */
typedef struct chutes_models_response {
    const chutes_model *const *models;
    size_t model_count;
    const chutes_response_info *info;
    const char *raw_json; /**< The answer as received. NUL-terminated. */
    size_t raw_len;
    size_t unnamed_count; /**< Entries that are left out, because they have
                               neither an id nor a name. */
} chutes_models_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to the defaults.
 *
 * @param params  NULL: nothing happens.
 * @param size    sizeof(chutes_models_params), which becomes struct_size.
 *                Exactly so many bytes are written.
 *
 * Any thread.
 */
CHUTES_API void chutes_models_params_init(chutes_models_params *params,
                                          size_t size);

/** The same by value. */
static inline chutes_models_params chutes_models_params_default(void)
{
    chutes_models_params params;

    chutes_models_params_init(&params, sizeof(params));
    return params;
}

/**
 * List the models of the base URL. Chutes asks no key for it, but the key is
 * sent when the client has one.
 *
 * @param client    Any thread, any number of calls at once.
 * @param params    Read during the call only. NULL: the defaults.
 * @param response  Receives the list, owned by the caller, free with
 *                  chutes_models_response_free(); NULL on failure. May be NULL.
 * @param error     Filled on failure. May be NULL.
 * @return CHUTES_OK or a failure.
 */
CHUTES_API chutes_status chutes_models_list(chutes_client *client,
                                            const chutes_models_params *params,
                                            chutes_models_response **response,
                                            chutes_error *error);

/** Free a list and everything reached through it. NULL does nothing. */
CHUTES_API void chutes_models_response_free(chutes_models_response *response);

#ifdef __cplusplus
}
#endif

#endif
