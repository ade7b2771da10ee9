/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_TIMESTAMP_H
#define CHUTES_CODEC_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Converts an ISO 8601 date, such as "2026-03-01T00:00:00.5+01:00", to Unix
 * seconds. The time may be missing or have no seconds; without a zone it is
 * UTC. Fractions of a second are dropped. Returns false for anything else. */
bool chutes__timestamp_read(struct chutes__slice text, int64_t *seconds);

#endif
