/* SPDX-License-Identifier: MIT */
/* Reads the list of models. Servers agree on `id` and little else: prices,
 * limits and features are read in the forms of Chutes, OpenRouter, vLLM and
 * LiteLLM. */
#include "codec/models_answer.h"
#include "base/count.h"
#include "base/error.h"
#include "codec/elements.h"
#include "codec/fault.h"
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

enum list_field { LIST_DATA, LIST_MODELS, LIST_OBJECT, LIST_COUNT };

static const struct chutes__slice LIST_NAMES[LIST_COUNT] = {
    [LIST_DATA] = CHUTES__FIELD("data"),
    [LIST_MODELS] = CHUTES__FIELD("models"),
    [LIST_OBJECT] = CHUTES__FIELD("object"),
};

/* ---- an entry --------------------------------------------------------------
 */

/* `price` has precedence, because Chutes bills by it. */
static void read_prices(const struct chutes__json_value *values,
                        chutes_model *model)
{
    model->input_price = -1;
    model->output_price = -1;
    model->cache_read_price = -1;
    chutes__model_prices_add(&values[MODEL_PRICE], model);
    chutes__model_prices_add(&values[MODEL_PRICING], model);
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
        /* If an element is not a string, the next one gets its slot. */
        *count += texts[*count] != NULL;
    }
    return true;
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

static bool keep_model(struct chutes__slice entry,
                       const struct chutes__json_value *values,
                       struct chutes__arena *arena, chutes_model *model)
{
    read_numbers(values, model);
    read_prices(values, model);
    model->raw_json = chutes__arena_dup(arena, entry);
    model->raw_len = entry.len;
    return model->raw_json != NULL &&
           keep_text(find_id(values), arena, &model->id) &&
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
                     &model->supported_sampling_parameter_count) &&
           chutes__model_info_read(&values[MODEL_INFO], arena, model);
}

/* ---- the list ------------------------------------------------------------ */

/* A chutes_model takes many times the memory of the shortest entry, so a long
 * list of short entries could exhaust memory. Real entries are longer than this
 * limit. */
enum { MAX_SHORT_ENTRIES = 2000, SHORT_ENTRY_BYTES = 48 };

static bool is_hollow(struct chutes__slice data, size_t count)
{
    return count > MAX_SHORT_ENTRIES && data.len / count < SHORT_ENTRY_BYTES;
}

/* Reads the `count` entries. Returns CHUTES_ERR_PROTOCOL if none identifies its
 * model: returning an empty list would hide that. */
static chutes_status keep_models(struct chutes__slice data, size_t count,
                                 struct chutes__arena *arena,
                                 chutes_models_response *response)
{
    const chutes_model **list =
        chutes__arena_alloc(arena, count, sizeof(chutes_model *));
    struct chutes__json_value values[MODEL_COUNT];
    struct chutes__json_reader reader;

    if (list == NULL) {
        return CHUTES_ERR_NO_MEMORY;
    }
    response->models = list;
    response->model_count = 0;
    chutes__elements_open(&reader, data);
    while (chutes__json_next_element(&reader)) {
        struct chutes__slice entry = {reader.at, 0};
        chutes_model *model;

        chutes__fields_read(MODEL_NAMES, MODEL_COUNT, &reader, values);
        entry.len = (size_t)(reader.at - entry.data);
        if (find_id(values) == NULL) {
            continue;
        }
        model = chutes__arena_alloc(arena, 1, sizeof(*model));
        if (model == NULL || !keep_model(entry, values, arena, model)) {
            return CHUTES_ERR_NO_MEMORY;
        }
        list[response->model_count++] = model;
    }
    response->unnamed_count = count - response->model_count;
    return count > 0 && response->model_count == 0 ? CHUTES_ERR_PROTOCOL
                                                   : CHUTES_OK;
}

static void read_list(struct chutes__json_reader *reader,
                      struct chutes__json_value *list)
{
    struct chutes__json_value values[LIST_COUNT];

    if (chutes__json_peek(reader) == CHUTES__JSON_ARRAY) {
        chutes__json_read(reader, list);
        return;
    }
    chutes__fields_read(LIST_NAMES, LIST_COUNT, reader, values);
    /* Ollama writes an empty list as null. */
    if (values[LIST_DATA].type == CHUTES__JSON_NULL &&
        values[LIST_OBJECT].type == CHUTES__JSON_STRING &&
        chutes__json_key_is(&values[LIST_OBJECT], "list")) {
        *list = (struct chutes__json_value){CHUTES__JSON_ARRAY, false,
                                            chutes__slice_of("[]")};
        return;
    }
    /* llama.cpp sends both; `data` is the list in OpenAI's format. */
    *list = values[values[LIST_DATA].type == CHUTES__JSON_ARRAY ? LIST_DATA
                                                                : LIST_MODELS];
}

chutes_status chutes__decode_models(const char *text, size_t len,
                                    size_t max_depth,
                                    struct chutes__arena *arena,
                                    chutes_models_response *response,
                                    chutes_error *error)
{
    struct chutes__json_value list;
    struct chutes__json_reader reader;
    chutes_status status;
    size_t count;

    chutes__json_init_lenient(&reader, text, len, max_depth);
    read_list(&reader, &list);
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    if (list.type != CHUTES__JSON_ARRAY) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: missing, or not an array");
    }
    count = chutes__elements_count(list.text);
    if (is_hollow(list.text, count)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "data: too short for the %zu models in it", count);
    }
    status = keep_models(list.text, count, arena, response);
    if (status == CHUTES_ERR_PROTOCOL) {
        return chutes__fail(error, status,
                            "data: none of %zu entries has an id or a name",
                            response->unnamed_count);
    }
    return status == CHUTES_OK ? status : chutes__fail_status(error, status);
}
