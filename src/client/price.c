/* SPDX-License-Identifier: MIT */
/*
 * Stores the prices of models, and computes the cost of an answer.
 */
#include "client/price.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The prices, sorted by id. The texts of the ids follow the items in memory. */
struct chutes__prices {
    size_t count;
    struct chutes__price items[];
};

/* ---- the cost of an answer ----------------------------------------------- */

struct chutes__price chutes__price_of(const chutes_model *model)
{
    return (struct chutes__price){model->id, model->input_price,
                                  model->output_price, model->cache_read_price};
}

/* Returns the cost of `tokens`. If there are none, the price need not be
 * known. */
static double multiply(int64_t tokens, double per_million)
{
    return tokens == 0 ? 0 : (double)tokens * per_million / 1e6;
}

double chutes__price_cost(const struct chutes__price *price,
                          const chutes_usage *usage)
{
    double cached_price =
        price->cache_read >= 0 ? price->cache_read : price->input;
    int64_t cached;
    int64_t fresh;

    if (usage->prompt_tokens < 0 || usage->completion_tokens < 0) {
        return -1;
    }
    /* A server can't have cached more than it was sent. */
    cached = usage->cached_tokens < 0 ? 0
             : usage->cached_tokens < usage->prompt_tokens
                 ? usage->cached_tokens
                 : usage->prompt_tokens;
    fresh = usage->prompt_tokens - cached;
    if ((fresh > 0 && price->input < 0) || (cached > 0 && cached_price < 0) ||
        (usage->completion_tokens > 0 && price->output < 0)) {
        return -1;
    }
    return multiply(fresh, price->input) + multiply(cached, cached_price) +
           multiply(usage->completion_tokens, price->output);
}

/* ---- the prices of many models ------------------------------------------- */

/* The texts of the ids are in the order of the list, so of models with the same
 * id, the first one in the list comes first. */
static int compare(const void *left, const void *right)
{
    const struct chutes__price *a = left;
    const struct chutes__price *b = right;
    int order = strcmp(a->id, b->id);

    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

struct chutes__prices *chutes__prices_new(const chutes_models_response *models)
{
    size_t count = models->model_count;
    struct chutes__prices *prices;
    size_t text_size = 0;
    char *text;

    for (size_t i = 0; i < count; i++) {
        text_size += strlen(models->models[i]->id) + 1;
    }
    prices = chutes__mem_alloc(sizeof(*prices) +
                               count * sizeof(prices->items[0]) + text_size);
    if (prices == NULL) {
        return NULL;
    }
    prices->count = count;
    text = (char *)(prices->items + count);
    for (size_t i = 0; i < count; i++) {
        prices->items[i] = chutes__price_of(models->models[i]);
        prices->items[i].id = text;
        text = stpcpy(text, models->models[i]->id) + 1;
    }
    qsort(prices->items, count, sizeof(prices->items[0]), compare);
    return prices;
}

const struct chutes__price *
chutes__prices_find(const struct chutes__prices *prices, const char *id)
{
    size_t low = 0;
    size_t high = prices != NULL ? prices->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(prices->items[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return prices != NULL && low < prices->count &&
                   strcmp(prices->items[low].id, id) == 0
               ? &prices->items[low]
               : NULL;
}

void chutes__prices_free(struct chutes__prices *prices)
{
    chutes__mem_free(prices);
}
