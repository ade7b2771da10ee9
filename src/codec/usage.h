/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_USAGE_H
#define CHUTES_CODEC_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/response.h>

#include "json/reader.h"

/* Reads the next value. Returns false if it is not a nonempty object. *is_odd
 * becomes true if a count was written as a float or doesn't fit into
 * int64_t. */
bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage,
                        bool *is_odd);

/* Does the same for a value that was read before. */
bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage, bool *is_odd);

/* Converts a count. Returns -1 if it is absent, negative, too large or not an
 * integer. Accepts 1.0 and "1", which some servers send. */
int64_t chutes__usage_count(const struct chutes__json_value *value);

#endif
