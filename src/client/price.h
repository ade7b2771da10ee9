/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_PRICE_H
#define CHUTES_CLIENT_PRICE_H

#include <chutes/models.h>

/* What a model costs, in USD per million tokens. A price below 0 is unknown. */
struct chutes__price {
    const char *id;
    double input;
    double output;
    double cache_read;
};

/* Returns the price of a model, whose id it borrows. */
struct chutes__price chutes__price_of(const chutes_model *model);

/* Returns the cost in USD, or -1 if a number that it needs is unknown. */
double chutes__price_cost(const struct chutes__price *price,
                          const chutes_usage *usage);

/* Many prices, found by the id of the model. */
struct chutes__prices;

/* Copies the prices of a list. Returns NULL if memory runs out. */
struct chutes__prices *chutes__prices_new(const chutes_models_response *models);

/* Returns NULL if there is none, or if `prices` is NULL. */
const struct chutes__price *
chutes__prices_find(const struct chutes__prices *prices, const char *id);

void chutes__prices_free(struct chutes__prices *prices);

#endif
