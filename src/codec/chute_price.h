/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUTE_PRICE_H
#define CHUTES_CODEC_CHUTE_PRICE_H

#include <chutes/chute_list.h>

#include "json/reader.h"

/* Sets all prices of the chute: to -1 where the estimate lacks them. */
void chutes__chute_price_read(const struct chutes__json_value *price,
                              chutes_chute *chute);

#endif
