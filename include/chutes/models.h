/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MODELS_H
#define CHUTES_MODELS_H

#include <stddef.h>
#include <stdint.h>

#include <chutes/response.h>

/**
 * One model. Only the id is certain: servers tell as much as they like. Absent
 * are NULL, 0 for counts of an array, and -1 for other numbers.
 */
typedef struct chutes_model {
    const char *id; /**< What goes into `model`. */
    const char *owned_by;
    const char *root;
    const char *chute_id;
    const char *quantization;
    int64_t created;           /**< Unix time in seconds. */
    int64_t context_length;    /**< Tokens; else max_model_len. */
    int64_t max_output_length; /**< Tokens. */
    double input_price;        /**< USD per million tokens. */
    double output_price;       /**< USD per million tokens. */
    double cache_read_price;   /**< USD per million tokens. */
    int confidential_compute;  /**< 1 runs in a TEE, 0 doesn't, -1 unknown. */
    int reserved;
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

/** The models of a server, in its order. */
typedef struct chutes_models_response {
    const chutes_model *const *models;
    size_t model_count;
    const chutes_response_info *info;
    const char *raw_json; /**< The answer as received. NUL-terminated. */
    size_t raw_len;
} chutes_models_response;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * List the models of the base URL. Chutes asks no key for it, but the key is
 * sent when the client has one.
 *
 * @param client        Any thread, any number of calls at once.
 * @param call_options  May be NULL.
 * @param response      Receives the list, owned by the caller, free with
 *                      chutes_models_response_free(); NULL on failure. Must
 *                      not be NULL.
 * @param error         Filled on failure. May be NULL.
 * @return CHUTES_OK or a failure.
 */
CHUTES_API chutes_status chutes_models_list(
    chutes_client *client, const chutes_call_options *call_options,
    chutes_models_response **response, chutes_error *error);

/** Free a list and everything reached through it. NULL does nothing. */
CHUTES_API void chutes_models_response_free(chutes_models_response *response);

#ifdef __cplusplus
}
#endif

#endif
