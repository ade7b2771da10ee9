/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_SCORE_ROWS_H
#define CHUTES_CODEC_SCORE_ROWS_H

#include <stddef.h>

#include <chutes/status.h>

#include "base/arena.h"
#include "json/reader.h"

/* Reads `count` rows of `width` numbers each into *scores, in the arena.
 * CHUTES_ERR_PROTOCOL: the value is something else. */
chutes_status chutes__score_rows_read(const struct chutes__json_value *value,
                                      struct chutes__arena *arena, size_t count,
                                      size_t width, double **scores,
                                      chutes_error *error);

#endif
