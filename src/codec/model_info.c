/* SPDX-License-Identifier: MIT */
/* Reads what LiteLLM's /model/info says about a model. It has prices per token
 * as numbers, and a flag for each feature. */
#include "codec/model_info.h"

#include <math.h>

#include "base/count.h"
#include "codec/fields.h"
#include "codec/model_prices.h"
#include "codec/usage.h"

enum info_field {
    INFO_PROVIDER,
    INFO_MAX_INPUT,
    INFO_MAX_TOKENS,
    INFO_MAX_OUTPUT,
    INFO_INPUT_COST,
    INFO_OUTPUT_COST,
    INFO_CACHE_COST,
    INFO_TOOLS,
    INFO_SCHEMA,
    INFO_REASONING,
    INFO_VISION,
    INFO_AUDIO,
    INFO_COUNT
};

static const struct chutes__slice INFO_NAMES[INFO_COUNT] = {
    [INFO_PROVIDER] = CHUTES__FIELD("litellm_provider"),
    [INFO_MAX_INPUT] = CHUTES__FIELD("max_input_tokens"),
    [INFO_MAX_TOKENS] = CHUTES__FIELD("max_tokens"),
    [INFO_MAX_OUTPUT] = CHUTES__FIELD("max_output_tokens"),
    [INFO_INPUT_COST] = CHUTES__FIELD("input_cost_per_token"),
    [INFO_OUTPUT_COST] = CHUTES__FIELD("output_cost_per_token"),
    [INFO_CACHE_COST] = CHUTES__FIELD("cache_read_input_token_cost"),
    [INFO_TOOLS] = CHUTES__FIELD("supports_function_calling"),
    [INFO_SCHEMA] = CHUTES__FIELD("supports_response_schema"),
    [INFO_REASONING] = CHUTES__FIELD("supports_reasoning"),
    [INFO_VISION] = CHUTES__FIELD("supports_vision"),
    [INFO_AUDIO] = CHUTES__FIELD("supports_audio_input"),
};

/* A flag, and the name that other servers use for the same feature. */
struct flag {
    enum info_field field;
    const char *name;
};

static const struct flag FEATURES[] = {
    {INFO_TOOLS, "tools"},
    {INFO_SCHEMA, "structured_outputs"},
    {INFO_REASONING, "reasoning"},
};

static const struct flag MODALITIES[] = {
    {INFO_VISION, "image"},
    {INFO_AUDIO, "audio"},
};

static void read_price(const struct chutes__json_value *per_token,
                       double *known, chutes_model *model)
{
    double amount;

    if (chutes__json_to_double(per_token, &amount) && amount >= 0 &&
        isfinite(amount * 1e6)) {
        chutes__model_price_note(amount * 1e6, known, model);
    }
}

/* Returns true if the object has a price for something other than tokens, such
 * as "input_cost_per_second" or "output_cost_per_image". */
static bool has_other_cost(const struct chutes__json_value *info)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    struct chutes__json_value value;
    bool has_other = false;
    double amount;

    chutes__json_init_lenient(&reader, info->text.data, info->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (chutes__json_next_member(&reader, &key)) {
        chutes__json_read(&reader, &value);
        if (chutes__slice_find_nocase(key.text, "cost") != NULL &&
            !chutes__json_key_is(&key, INFO_NAMES[INFO_INPUT_COST].data) &&
            !chutes__json_key_is(&key, INFO_NAMES[INFO_OUTPUT_COST].data) &&
            !chutes__json_key_is(&key, INFO_NAMES[INFO_CACHE_COST].data) &&
            chutes__json_to_double(&value, &amount) && amount > 0) {
            has_other = true;
        }
    }
    return has_other;
}

static void read_count(const struct chutes__json_value *value, int64_t *count)
{
    if (*count < 0) {
        *count = chutes__usage_count(value);
    }
}

/* Stores a list of the names of the flags that are true, after `first` unless
 * it is NULL. Stores nothing if none is true, which bounds the memory by what
 * was received. */
static bool keep_names(const struct chutes__json_value *values,
                       const struct flag *flags, size_t flag_count,
                       const char *first, struct chutes__arena *arena,
                       const char *const **list, size_t *count)
{
    const char **names = NULL;

    for (size_t i = 0; i < flag_count; i++) {
        if (values[flags[i].field].type != CHUTES__JSON_TRUE) {
            continue;
        }
        if (names == NULL) {
            names = chutes__arena_alloc(arena, flag_count + 1, sizeof(*names));
            if (names == NULL) {
                return false;
            }
            *list = names;
            if (first != NULL) {
                names[(*count)++] = first;
            }
        }
        names[(*count)++] = flags[i].name;
    }
    return true;
}

bool chutes__model_info_read(const struct chutes__json_value *info,
                             struct chutes__arena *arena, chutes_model *model)
{
    struct chutes__json_value values[INFO_COUNT];

    if (!chutes__fields_of(info, INFO_NAMES, INFO_COUNT, values)) {
        return true;
    }
    read_price(&values[INFO_INPUT_COST], &model->input_price, model);
    read_price(&values[INFO_OUTPUT_COST], &model->output_price, model);
    read_price(&values[INFO_CACHE_COST], &model->cache_read_price, model);
    model->has_other_prices |= has_other_cost(info) ? 1 : 0;
    read_count(&values[INFO_MAX_INPUT], &model->context_length);
    read_count(&values[INFO_MAX_TOKENS], &model->context_length);
    read_count(&values[INFO_MAX_OUTPUT], &model->max_output_length);
    if (model->owned_by == NULL &&
        values[INFO_PROVIDER].type == CHUTES__JSON_STRING) {
        model->owned_by =
            chutes__json_dup_string(&values[INFO_PROVIDER], arena, NULL);
        if (model->owned_by == NULL) {
            return false;
        }
    }
    if (model->supported_feature_count == 0 &&
        !keep_names(values, FEATURES, CHUTES__COUNT(FEATURES), NULL, arena,
                    &model->supported_features,
                    &model->supported_feature_count)) {
        return false;
    }
    return model->input_modality_count > 0 ||
           keep_names(values, MODALITIES, CHUTES__COUNT(MODALITIES), "text",
                      arena, &model->input_modalities,
                      &model->input_modality_count);
}
