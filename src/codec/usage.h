/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_USAGE_H
#define CHUTES_CODEC_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <chutes/response.h>

#include "json/reader.h"

/* The numbers of a chutes_usage. */
enum { CHUTES__USAGE_COUNTS = 5 };

/* Returns the usage of which these are the numbers, in the order of its
 * members. */
static inline chutes_usage chutes__usage_of(const int64_t *counts)
{
    return (chutes_usage){counts[0], counts[1], counts[2], counts[3],
                          counts[4]};
}

/* Reads the next value. Returns false if it is not a nonempty object. *is_odd
 * becomes true if a count was written as a float or doesn't fit into int64_t.
 * texts[0..CHUTES__USAGE_COUNTS) become the texts of the counts, in the order
 * of the members of chutes_usage; absent unless a count is a natural number. */
bool chutes__usage_next(struct chutes__json_reader *reader, chutes_usage *usage,
                        bool *is_odd, struct chutes__json_value *texts);

/* Does the same for a value that was read before. */
bool chutes__usage_read(const struct chutes__json_value *value,
                        chutes_usage *usage, bool *is_odd);

/* Converts a count. Returns -1 if it is absent, negative, too large or not an
 * integer. Accepts 1.0 and "1", which some servers send. */
int64_t chutes__usage_count(const struct chutes__json_value *value);

#endif
