/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_USAGE_H
#define CHUTES_CODEC_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/response.h>

#include "json/reader.h"

/* Reads the next value. False: it is not a non-empty object. *is_odd: a count
 * was written as a float, or doesn't fit into int64_t; the latter is -1. */
bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage,
                        bool *is_odd);

/* The same for a value that was read before. */
bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage, bool *is_odd);

/* Converts a count; -1 if it is absent, negative or too large. Some servers
 * send 1.0 or "1". */
int64_t chutes__usage_count(const struct chutes__json_value *value);

#endif
