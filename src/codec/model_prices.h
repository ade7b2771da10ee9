/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MODEL_PRICES_H
#define CHUTES_CODEC_MODEL_PRICES_H

#include <chutes/models.h>

#include "json/reader.h"

/* Stores a price, or -1, unless one is known. A model that is free by what is
 * known, and costs something by this price, has other prices. */
void chutes__model_price_note(double price, double *known, chutes_model *model);

/* Sets the prices that are still unknown, -1, from a list of prices. Notes that
 * there are others if the list has some, or has a price above 0 where the model
 * has 0. Does nothing if the value is no object. */
void chutes__model_prices_add(const struct chutes__json_value *list,
                              chutes_model *model);

#endif
