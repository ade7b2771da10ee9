/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MODELS_H
#define CHUTES_MODELS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

/**
 * Parameters of a request for the list of models. Initialise them with
 * chutes_models_params_default().
 */
typedef struct chutes_models_params {
    size_t struct_size; /**< Set by chutes_models_params_default(). */
    const chutes_call_options *call_options; /**< NULL: the client's. */
    /** 1: request `model/info` instead of `models`. LiteLLM sends prices,
     * limits and features only there. Default: 0. */
    int litellm_info;
    int reserved;
} chutes_models_params;

/**
 * One model. Only `id` is always present. Absent strings and arrays are NULL,
 * absent array counts are 0, and absent numbers are -1.
 *
 * All prices are in US dollars per million tokens. Numbers, and objects such as
 * {"usd":0.1,"tao":…}, are already in that unit, as Chutes sends them. Strings
 * are in US dollars per token, as OpenRouter sends them, and LiteLLM's
 * input_cost_per_token too; they are converted. A price of 0 means that the
 * model is free according to the server; -1 means that the price is unknown.
 */
typedef struct chutes_model {
    const char *id; /**< What to pass as `model`: the server's `id`, or its
                         `name` or `model_name` if it sent no id. */
    const char *owned_by;
    const char *root;
    const char *chute_id;
    const char *quantization;
    int64_t created;           /**< Unix time in seconds. */
    int64_t context_length;    /**< Tokens; the server's max_model_len if it
                                    sent no context_length. */
    int64_t max_output_length; /**< Tokens. */
    double input_price;        /**< USD per million prompt tokens. */
    double output_price;       /**< USD per million generated tokens. */
    double cache_read_price;   /**< USD per million cached prompt tokens. */
    int confidential_compute; /**< 1: runs in a TEE; 0: doesn't; -1: unknown. */
    int has_other_prices;     /**< 1: there are other prices, such as per
                                   request or per image, in `raw_json`. */
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

/**
 * The models of a server, in the server's order. Entries with neither an id nor
 * a name are skipped and counted. If all entries of a list that is not empty
 * are skipped, the call fails with CHUTES_ERR_PROTOCOL.
 */
typedef struct chutes_models_response {
    const chutes_response_info *info;
    const char *raw_json; /**< The response as received. NUL-terminated. */
    size_t raw_len;
    const chutes_model *const *models;
    size_t model_count;
    size_t unnamed_count; /**< Entries skipped: neither an id nor a name. */
} chutes_models_response;

/**
 * Which models of a list to select. Initialise it with
 * chutes_model_filter_default(), which selects all. A model whose entry lacks
 * what a member of the filter asks for is not selected; but a model without
 * modalities counts as a text model.
 */
typedef struct chutes_model_filter {
    size_t struct_size; /**< Set by chutes_model_filter_default(). */
    const char *name;   /**< A part of the id, in any case. NULL: any. */
    const char *const *features; /**< Features that the model must have, such as
                                      "tools". */
    size_t feature_count;
    const char *input_modality;  /**< A modality that it must accept, such as
                                      "image". NULL: any. */
    const char *output_modality; /**< A modality that it must produce. NULL:
                                      any. */
    int64_t min_context_length;  /**< Tokens. CHUTES_UNSET: any. */
    double max_input_price;      /**< USD per million tokens. CHUTES_UNSET: any,
                                      also an unknown one. */
    double max_output_price;     /**< Likewise. */
    int confidential_compute;    /**< 1: runs in a TEE; 0: doesn't;
                                      CHUTES_UNSET: any. */
    int reserved;
} chutes_model_filter;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Set parameters to their defaults. Any thread may call this.
 *
 * @param params  NULL is ignored.
 * @param size    sizeof(chutes_models_params): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_models_params_init(chutes_models_params *params,
                                          size_t size);

/** Return parameters set to their defaults. */
static inline chutes_models_params chutes_models_params_default(void)
{
    chutes_models_params params;

    chutes_models_params_init(&params, sizeof(params));
    return params;
}

/**
 * List the models that base_url serves. Chutes requires no key for this; the
 * key is sent if the client has one.
 *
 * Any thread may call this, and may make any number of calls at once.
 *
 * @param client    Must not be NULL.
 * @param params    NULL: the defaults. Read during the call only.
 * @param response  Receives the list, or NULL on failure. The caller owns it
 *                  and frees it with chutes_models_response_free(). If
 *                  `response` is NULL, the list is discarded.
 * @param error     Filled in. May be NULL.
 * @return CHUTES_OK; CHUTES_ERR_INVALID_ARGUMENT (the message names the field;
 *         nothing was sent); CHUTES_ERR_PROTOCOL for a response that is not a
 *         list of models; or any other status.
 */
CHUTES_API chutes_status chutes_models_list(chutes_client *client,
                                            const chutes_models_params *params,
                                            chutes_models_response **response,
                                            chutes_error *error);

/**
 * Set a filter to its defaults. Any thread may call this.
 *
 * @param filter  NULL is ignored.
 * @param size    sizeof(chutes_model_filter): the number of bytes written, and
 *                the new struct_size.
 */
CHUTES_API void chutes_model_filter_init(chutes_model_filter *filter,
                                         size_t size);

/** Return a filter that selects all models. */
static inline chutes_model_filter chutes_model_filter_default(void)
{
    chutes_model_filter filter;

    chutes_model_filter_init(&filter, sizeof(filter));
    return filter;
}

/**
 * Find the next model that a filter selects:
 *
 *     for (i = chutes_models_find(list, &filter, 0); i < list->model_count;
 *          i = chutes_models_find(list, &filter, i + 1))
 *
 * Only the thread that uses the list may call this.
 *
 * @param response  The list. NULL counts as an empty list.
 * @param filter    NULL selects all. One that was not initialised selects none.
 * @param from      The index to begin at.
 * @return The index of the model; model_count if there is none.
 */
CHUTES_API size_t chutes_models_find(const chutes_models_response *response,
                                     const chutes_model_filter *filter,
                                     size_t from);

/**
 * Calculate what an answer costs. Cached tokens of the prompt cost the model's
 * cache_read_price or, if that is unknown, its input_price, as Chutes bills
 * them. Fees for other things are not included. Only the thread that uses the
 * list may call this.
 *
 * @param model  The model that answered. NULL: unknown.
 * @param usage  The usage of the answer. NULL: unknown.
 * @return The cost in USD; -1 if a price or a number of tokens that it depends
 *         on is unknown.
 */
CHUTES_API double chutes_model_cost(const chutes_model *model,
                                    const chutes_usage *usage);

/**
 * Write the `model` of a request that lets Chutes choose between several
 * models, such as "a,b:latency". Chutes tries them in order until one has
 * capacity, and charges the price of the model that answers, response->model.
 * Other servers don't support this. Any thread may call this.
 *
 * @param models      Ids of models or chutes, or aliases of the account. Must
 *                    not be NULL.
 * @param count       The number of models, 1 or more.
 * @param preference  The order in which Chutes tries the models. "latency": by
 *                    the time to the first token; "throughput": by tokens per
 *                    second. NULL: the given order, those with free capacity
 *                    first.
 * @param route       Receives the name, or NULL on failure. The caller owns it
 *                    and frees it with chutes_string_free(). Must not be NULL.
 * @param error       Filled in. May be NULL.
 * @return CHUTES_OK, CHUTES_ERR_INVALID_ARGUMENT or CHUTES_ERR_NO_MEMORY.
 */
CHUTES_API chutes_status chutes_model_route(const char *const *models,
                                            size_t count,
                                            const char *preference,
                                            char **route, chutes_error *error);

/**
 * Free a list and everything that it points to. Any thread may call this.
 *
 * @param response  NULL is ignored.
 */
CHUTES_API void chutes_models_response_free(chutes_models_response *response);

#ifdef __cplusplus
}
#endif

#endif
