/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that select models from a list and calculate costs.
 */
#include <chutes/models.h>

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"
#include "client/params.h"
#include "client/price.h"

CHUTES__ASSERT_NO_TAIL(chutes_model_filter, reserved);

static bool is_listed(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_modality(const char *const *modalities, size_t count,
                         const char *wanted)
{
    if (wanted == NULL) {
        return true;
    }
    return count > 0 ? is_listed(modalities, count, wanted)
                     : strcmp(wanted, "text") == 0;
}

static bool has_features(const chutes_model *model,
                         const chutes_model_filter *filter)
{
    for (size_t i = 0; i < filter->feature_count; i++) {
        if (!is_listed(model->supported_features,
                       model->supported_feature_count, filter->features[i])) {
            return false;
        }
    }
    return true;
}

static bool is_price_within(double price, double most)
{
    return most == CHUTES_UNSET || (price >= 0 && price <= most);
}

static bool is_selected(const chutes_model *model,
                        const chutes_model_filter *filter)
{
    const struct chutes__slice id = chutes__slice_of(model->id);

    if (filter->name != NULL &&
        chutes__slice_find_nocase(id, filter->name) == NULL) {
        return false;
    }
    if (filter->confidential_compute != CHUTES_UNSET &&
        filter->confidential_compute != model->confidential_compute) {
        return false;
    }
    return (filter->min_context_length == CHUTES_UNSET ||
            model->context_length >= filter->min_context_length) &&
           is_price_within(model->input_price, filter->max_input_price) &&
           is_price_within(model->output_price, filter->max_output_price) &&
           has_features(model, filter) &&
           has_modality(model->input_modalities, model->input_modality_count,
                        filter->input_modality) &&
           has_modality(model->output_modalities, model->output_modality_count,
                        filter->output_modality);
}

size_t chutes_models_find(const chutes_models_response *response,
                          const chutes_model_filter *filter, size_t from)
{
    chutes_model_filter own = chutes_model_filter_default();
    size_t count = response != NULL ? response->model_count : 0;

    if (filter != NULL &&
        chutes__params_copy(&own, sizeof(own), filter, sizeof(own), "filter",
                            NULL) != CHUTES_OK) {
        return count;
    }
    for (size_t i = from; i < count; i++) {
        if (is_selected(response->models[i], &own)) {
            return i;
        }
    }
    return count;
}

double chutes_model_cost(const chutes_model *model, const chutes_usage *usage)
{
    struct chutes__price price;

    if (model == NULL || usage == NULL) {
        return -1;
    }
    price = chutes__price_of(model);
    return chutes__price_cost(&price, usage);
}
