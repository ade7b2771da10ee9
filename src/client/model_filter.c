/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that select models of a list and calculate costs.
 */
#include <chutes/models.h>

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"
#include "client/params.h"

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

/* Returns the price of `tokens`, which need not be known if there are none. */
static double price_of(int64_t tokens, double per_million)
{
    return tokens == 0 ? 0 : (double)tokens * per_million / 1e6;
}

double chutes_model_cost(const chutes_model *model, const chutes_usage *usage)
{
    double cached_price;
    int64_t cached;
    int64_t fresh;

    if (model == NULL || usage == NULL || usage->prompt_tokens < 0 ||
        usage->completion_tokens < 0) {
        return -1;
    }
    /* A server can't have cached more than it was sent. */
    cached = usage->cached_tokens < 0 ? 0
             : usage->cached_tokens < usage->prompt_tokens
                 ? usage->cached_tokens
                 : usage->prompt_tokens;
    fresh = usage->prompt_tokens - cached;
    cached_price = model->cache_read_price >= 0 ? model->cache_read_price
                                                : model->input_price;
    if ((fresh > 0 && model->input_price < 0) ||
        (cached > 0 && cached_price < 0) ||
        (usage->completion_tokens > 0 && model->output_price < 0)) {
        return -1;
    }
    return price_of(fresh, model->input_price) +
           price_of(cached, cached_price) +
           price_of(usage->completion_tokens, model->output_price);
}
