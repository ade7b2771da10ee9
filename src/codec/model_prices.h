/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MODEL_PRICES_H
#define CHUTES_CODEC_MODEL_PRICES_H

#include <chutes/models.h>

#include "json/reader.h"

/* Stores a price, which may be -1, unless one is known. If the known price is 0
 * and this one isn't, notes that the model has other prices. */
void chutes__model_price_note(double price, double *known, chutes_model *model);

/* Sets the prices that are still unknown, -1, from a list of prices. Notes that
 * there are others if the list has some, or has a price above 0 where the model
 * has 0. Does nothing if the value is not an object. */
void chutes__model_prices_add(const struct chutes__json_value *list,
                              chutes_model *model);

#endif
