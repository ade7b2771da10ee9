/* SPDX-License-Identifier: MIT */
/* Reads an entry of the list of models. Servers agree on `id` and little else:
 * prices, limits and features are read in the forms of Chutes, OpenRouter, vLLM
 * and LiteLLM. */
#include "codec/model_entry.h"

#include "base/count.h"
#include "codec/elements.h"
#include "codec/fields.h"
#include "codec/model_info.h"
#include "codec/model_prices.h"
#include "codec/usage.h"
#include "codec/value.h"

enum model_field {
    MODEL_ID,
    MODEL_NAME,
    MODEL_MODEL,
    MODEL_MODEL_NAME, /* LiteLLM, like the next */
    MODEL_INFO,
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

static const struct chutes__slice MODEL_NAMES[MODEL_COUNT] = {
    [MODEL_ID] = CHUTES__FIELD("id"),
    [MODEL_NAME] = CHUTES__FIELD("name"),
    [MODEL_MODEL] = CHUTES__FIELD("model"),
    [MODEL_MODEL_NAME] = CHUTES__FIELD("model_name"),
    [MODEL_INFO] = CHUTES__FIELD("model_info"),
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

/* Returns false if memory runs out. */
static bool keep_text(const struct chutes__json_value *value,
                      struct chutes__arena *arena, const char **text)
{
    if (value->type != CHUTES__JSON_STRING) {
        return true;
    }
    *text = chutes__json_dup_string(value, arena, NULL);
    return *text != NULL;
}

/* Returns the member that identifies the model, or NULL. Some servers send only
 * a name. */
static const struct chutes__json_value *
find_id(const struct chutes__json_value *values)
{
    static const enum model_field fields[] = {MODEL_ID, MODEL_NAME, MODEL_MODEL,
                                              MODEL_MODEL_NAME};

    for (size_t i = 0; i < CHUTES__COUNT(fields); i++) {
        if (chutes__value_is_text(&values[fields[i]])) {
            return &values[fields[i]];
        }
    }
    return NULL;
}

static bool keep_members(struct chutes__slice entry,
                         const struct chutes__json_value *values,
                         struct chutes__arena *arena, chutes_model *model)
{
    read_numbers(values, model);
    model->input_price = -1;
    model->output_price = -1;
    model->cache_read_price = -1;
    /* `price` has precedence, because Chutes bills by it. */
    chutes__model_prices_add(&values[MODEL_PRICE], model);
    chutes__model_prices_add(&values[MODEL_PRICING], model);
    model->raw_json = chutes__arena_dup(arena, entry);
    model->raw_len = entry.len;
    return model->raw_json != NULL &&
           keep_text(find_id(values), arena, &model->id) &&
           keep_text(&values[MODEL_OWNED_BY], arena, &model->owned_by) &&
           keep_text(&values[MODEL_ROOT], arena, &model->root) &&
           keep_text(&values[MODEL_CHUTE_ID], arena, &model->chute_id) &&
           keep_text(&values[MODEL_QUANTIZATION], arena,
                     &model->quantization) &&
           chutes__elements_keep_texts(&values[MODEL_INPUT_MODALITIES], arena,
                                       &model->input_modalities,
                                       &model->input_modality_count) &&
           chutes__elements_keep_texts(&values[MODEL_OUTPUT_MODALITIES], arena,
                                       &model->output_modalities,
                                       &model->output_modality_count) &&
           chutes__elements_keep_texts(&values[MODEL_FEATURES], arena,
                                       &model->supported_features,
                                       &model->supported_feature_count) &&
           chutes__elements_keep_texts(
               &values[MODEL_SAMPLING_PARAMETERS], arena,
               &model->supported_sampling_parameters,
               &model->supported_sampling_parameter_count) &&
           chutes__model_info_read(&values[MODEL_INFO], arena, model);
}

bool chutes__model_entry_read(struct chutes__json_reader *reader,
                              struct chutes__arena *arena,
                              const chutes_model **model)
{
    struct chutes__json_value values[MODEL_COUNT];
    struct chutes__slice entry = {reader->at, 0};
    chutes_model *read;

    *model = NULL;
    chutes__fields_read(MODEL_NAMES, MODEL_COUNT, reader, values);
    entry.len = (size_t)(reader->at - entry.data);
    if (find_id(values) == NULL) {
        return true;
    }
    read = chutes__arena_alloc(arena, 1, sizeof(*read));
    *model = read;
    return read != NULL && keep_members(entry, values, arena, read);
}
