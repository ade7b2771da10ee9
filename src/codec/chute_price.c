/* SPDX-License-Identifier: MIT */
/* Reads what a chute costs. */
#include "codec/chute_price.h"

#include <chutes/models.h>

#include "codec/endpoint_answer.h"
#include "codec/fields.h"
#include "codec/model_prices.h"

enum price_field { PRICE_TOKENS, PRICE_STEP, PRICE_USD, PRICE_COUNT };

static const struct chutes__slice PRICE_NAMES[PRICE_COUNT] = {
    [PRICE_TOKENS] = CHUTES__FIELD("per_million_tokens"),
    [PRICE_STEP] = CHUTES__FIELD("per_step"),
    [PRICE_USD] = CHUTES__FIELD("usd"),
};

/* Returns the number that a member of an object is, or -1. */
static double number_in(const struct chutes__json_value *object,
                        struct chutes__slice name)
{
    struct chutes__json_value value;
    double number;

    (void)chutes__fields_of(object, &name, 1, &value);
    return chutes__endpoint_to_number(&value, &number) ? number : -1;
}

void chutes__chute_price_read(const struct chutes__json_value *price,
                              chutes_chute *chute)
{
    struct chutes__json_value values[PRICE_COUNT];
    chutes_model model = {
        .input_price = -1, .output_price = -1, .cache_read_price = -1};

    (void)chutes__fields_of(price, PRICE_NAMES, PRICE_COUNT, values);
    chutes__model_prices_add(&values[PRICE_TOKENS], &model);
    chute->input_price = model.input_price;
    chute->output_price = model.output_price;
    chute->cache_read_price = model.cache_read_price;
    chute->usd_per_step =
        number_in(&values[PRICE_STEP], chutes__slice_of("usd"));
    chute->usd_per_hour =
        number_in(&values[PRICE_USD], chutes__slice_of("hour"));
}
