/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/error.h"
#include "codec/answer.h"
#include "codec/elements.h"
#include "codec/fault.h"
#include "codec/fields.h"
#include "codec/usage.h"
#include "codec/value.h"

enum model_field {
    MODEL_ID,
    MODEL_OWNED_BY,
    MODEL_ROOT,
    MODEL_CHUTE_ID,
    MODEL_QUANTIZATION,
    MODEL_CREATED,
    MODEL_CONTEXT_LENGTH,
    MODEL_MAX_MODEL_LEN,
    MODEL_MAX_OUTPUT_LENGTH,
    MODEL_PRICE,
    MODEL_PRICING,
    MODEL_CONFIDENTIAL_COMPUTE,
    MODEL_INPUT_MODALITIES,
    MODEL_OUTPUT_MODALITIES,
    MODEL_FEATURES,
    MODEL_SAMPLING_PARAMETERS,
    MODEL_COUNT
};

static const struct chutes__slice model_names[MODEL_COUNT] = {
    [MODEL_ID] = CHUTES__FIELD("id"),
    [MODEL_OWNED_BY] = CHUTES__FIELD("owned_by"),
    [MODEL_ROOT] = CHUTES__FIELD("root"),
    [MODEL_CHUTE_ID] = CHUTES__FIELD("chute_id"),
    [MODEL_QUANTIZATION] = CHUTES__FIELD("quantization"),
    [MODEL_CREATED] = CHUTES__FIELD("created"),
    [MODEL_CONTEXT_LENGTH] = CHUTES__FIELD("context_length"),
    [MODEL_MAX_MODEL_LEN] = CHUTES__FIELD("max_model_len"),
    [MODEL_MAX_OUTPUT_LENGTH] = CHUTES__FIELD("max_output_length"),
    [MODEL_PRICE] = CHUTES__FIELD("price"),
    [MODEL_PRICING] = CHUTES__FIELD("pricing"),
    [MODEL_CONFIDENTIAL_COMPUTE] = CHUTES__FIELD("confidential_compute"),
    [MODEL_INPUT_MODALITIES] = CHUTES__FIELD("input_modalities"),
    [MODEL_OUTPUT_MODALITIES] = CHUTES__FIELD("output_modalities"),
    [MODEL_FEATURES] = CHUTES__FIELD("supported_features"),
    [MODEL_SAMPLING_PARAMETERS] =
        CHUTES__FIELD("supported_sampling_parameters"),
};

enum price_field { PRICE_INPUT, PRICE_OUTPUT, PRICE_CACHE_READ, PRICE_COUNT };

static const struct chutes__slice price_names[PRICE_COUNT] = {
    [PRICE_INPUT] = CHUTES__FIELD("input"),
    [PRICE_OUTPUT] = CHUTES__FIELD("output"),
    [PRICE_CACHE_READ] = CHUTES__FIELD("input_cache_read"),
};

static const struct chutes__slice pricing_names[PRICE_COUNT] = {
    [PRICE_INPUT] = CHUTES__FIELD("prompt"),
    [PRICE_OUTPUT] = CHUTES__FIELD("completion"),
    [PRICE_CACHE_READ] = CHUTES__FIELD("input_cache_read"),
};

static const struct chutes__slice usd_names[] = {CHUTES__FIELD("usd")};

static const struct chutes__slice data_names[] = {CHUTES__FIELD("data")};

/* A number, or a string that holds one; -1 when it is no price. */
static double read_amount(const struct chutes__json_value *value)
{
    struct chutes__json_value number = *value;
    struct chutes__json_reader reader;
    double amount;

    if (value->type == CHUTES__JSON_STRING) {
        chutes__json_init(&reader, value->text.data, value->text.len, 1);
        chutes__json_read(&reader, &number);
        if (!chutes__json_finish(&reader)) {
            return -1;
        }
    }
    if (!chutes__json_to_double(&number, &amount) || !isfinite(amount) ||
        amount < 0) {
        return -1;
    }
    return amount;
}

/* Both tell USD per million tokens, but `price` is what Chutes bills by. */
static void read_prices(const struct chutes__json_value *values,
                        chutes_model *model)
{
    struct chutes__json_value price[PRICE_COUNT];
    struct chutes__json_value pricing[PRICE_COUNT];
    double amounts[PRICE_COUNT];
    size_t i;

    chutes__fields_of(&values[MODEL_PRICE], price_names, PRICE_COUNT, price);
    chutes__fields_of(&values[MODEL_PRICING], pricing_names, PRICE_COUNT,
                      pricing);
    for (i = 0; i < PRICE_COUNT; i++) {
        struct chutes__json_value usd;

        chutes__fields_of(&price[i], usd_names, 1, &usd);
        amounts[i] = read_amount(&usd);
        if (amounts[i] < 0) {
            amounts[i] = read_amount(&pricing[i]);
        }
    }
    model->input_price = amounts[PRICE_INPUT];
    model->output_price = amounts[PRICE_OUTPUT];
    model->cache_read_price = amounts[PRICE_CACHE_READ];
}

static void read_numbers(const struct chutes__json_value *values,
                         chutes_model *model)
{
    const struct chutes__json_value *tee = &values[MODEL_CONFIDENTIAL_COMPUTE];
    double created;

    model->created = chutes__usage_count(&values[MODEL_CREATED]);
    if (model->created < 0 &&
        chutes__json_to_double(&values[MODEL_CREATED], &created) &&
        created >= 0 && created < (double)INT64_MAX) {
        model->created = (int64_t)created;
    }
    model->context_length = chutes__usage_count(&values[MODEL_CONTEXT_LENGTH]);
    if (model->context_length < 0) {
        model->context_length =
            chutes__usage_count(&values[MODEL_MAX_MODEL_LEN]);
    }
    model->max_output_length =
        chutes__usage_count(&values[MODEL_MAX_OUTPUT_LENGTH]);
    model->confidential_compute = tee->type == CHUTES__JSON_TRUE    ? 1
                                  : tee->type == CHUTES__JSON_FALSE ? 0
                                                                    : -1;
}

/* False: out of memory. */
static bool keep_text(const struct chutes__json_value *value,
                      struct chutes__arena *arena, const char **text)
{
    if (value->type != CHUTES__JSON_STRING) {
        return true;
    }
    *text = chutes__json_dup_string(value, arena, NULL);
    return *text != NULL;
}

static bool keep_list(const struct chutes__json_value *value,
                      struct chutes__arena *arena, const char *const **list,
                      size_t *count)
{
    struct chutes__json_reader reader;
    struct chutes__json_value element;
    const char **texts;
    size_t capacity = 0;

    if (value->type == CHUTES__JSON_ARRAY) {
        capacity = chutes__elements_count(value->text);
    }
    if (capacity == 0) {
        return true;
    }
    texts = chutes__arena_alloc(arena, capacity, sizeof(*texts));
    if (texts == NULL) {
        return false;
    }
    *list = texts;
    chutes__elements_open(&reader, value->text);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &element);
        if (!keep_text(&element, arena, &texts[*count])) {
            return false;
        }
        *count += texts[*count] != NULL;
    }
    return true;
}

static bool keep_model(const struct chutes__json_value *entry,
                       const struct chutes__json_value *values,
                       struct chutes__arena *arena, chutes_model *model)
{
    read_numbers(values, model);
    read_prices(values, model);
    model->raw_json = chutes__arena_dup(arena, entry->text);
    model->raw_len = entry->text.len;
    return model->raw_json != NULL &&
           keep_text(&values[MODEL_ID], arena, &model->id) &&
           keep_text(&values[MODEL_OWNED_BY], arena, &model->owned_by) &&
           keep_text(&values[MODEL_ROOT], arena, &model->root) &&
           keep_text(&values[MODEL_CHUTE_ID], arena, &model->chute_id) &&
           keep_text(&values[MODEL_QUANTIZATION], arena,
                     &model->quantization) &&
           keep_list(&values[MODEL_INPUT_MODALITIES], arena,
                     &model->input_modalities, &model->input_modality_count) &&
           keep_list(&values[MODEL_OUTPUT_MODALITIES], arena,
                     &model->output_modalities,
                     &model->output_modality_count) &&
           keep_list(&values[MODEL_FEATURES], arena, &model->supported_features,
                     &model->supported_feature_count) &&
           keep_list(&values[MODEL_SAMPLING_PARAMETERS], arena,
                     &model->supported_sampling_parameters,
                     &model->supported_sampling_parameter_count);
}

static chutes_status keep_models(struct chutes__slice data,
                                 struct chutes__arena *arena,
                                 chutes_models_response *response)
{
    size_t capacity = chutes__elements_count(data);
    const chutes_model **list =
        chutes__arena_alloc(arena, capacity, sizeof(chutes_model *));
    struct chutes__json_value values[MODEL_COUNT];
    struct chutes__json_value entry;
    struct chutes__json_reader reader;

    if (list == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    response->models = list;
    response->model_count = 0;
    chutes__elements_open(&reader, data);
    while (chutes__json_next_element(&reader)) {
        chutes_model *model;

        chutes__json_read(&reader, &entry);
        chutes__fields_of(&entry, model_names, MODEL_COUNT, values);
        if (!chutes__value_is_text(&values[MODEL_ID])) {
            continue;
        }
        model = chutes__arena_alloc(arena, 1, sizeof(*model));
        if (model == NULL || !keep_model(&entry, values, arena, model)) {
            return CHUTES_ERR_NO_MEMORY;
        }
        list[response->model_count++] = model;
    }
    return CHUTES_OK;
}

chutes_status chutes__decode_models(const char *text, size_t len,
                                    size_t max_depth,
                                    struct chutes__arena *arena,
                                    chutes_models_response *response,
                                    chutes_error *error)
{
    struct chutes__json_value data;
    struct chutes__json_reader reader;
    chutes_status status;

    chutes__json_init(&reader, text, len, max_depth);
    if (chutes__json_peek(&reader) == CHUTES__JSON_ARRAY) {
        chutes__json_read(&reader, &data);
    } else {
        chutes__fields_read(data_names, 1, &reader, &data);
    }
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    if (data.type != CHUTES__JSON_ARRAY) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: missing, or not an array");
    }
    status = keep_models(data.text, arena, response);
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
