/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_USAGE_H
#define CHUTES_CODEC_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/response.h>

#include "json/reader.h"

/* Consumes the next value; false when it is not a non-empty object. *is_odd: a
 * count was written as a float, or is none that an int64_t can hold; such a one
 * is -1. */
bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage,
                        bool *is_odd);

/* Reads a usage object; false when `value` is not a non-empty object. */
bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage, bool *is_odd);

/* A count of something: -1 when absent, negative or absurd. Some servers send
 * it as 1.0 or "1". */
int64_t chutes__usage_count(const struct chutes__json_value *value);

#endif
