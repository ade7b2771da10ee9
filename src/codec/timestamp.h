/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TIMESTAMP_H
#define CHUTES_CODEC_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/reader.h"

/* Converts an ISO 8601 date, such as "2026-03-01T00:00:00.5+01:00", to Unix
 * seconds. The time may be missing or have no seconds; without a zone it is
 * UTC. Fractions of a second are dropped. Returns false for anything else. */
bool chutes__timestamp_read(struct chutes__slice text, int64_t *seconds);

/* Returns the Unix seconds that a value means, which is such a date or a number
 * of seconds. Returns -1 for anything else. */
int64_t chutes__timestamp_of(const struct chutes__json_value *value);

#endif
