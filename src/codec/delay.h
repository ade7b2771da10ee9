/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_DELAY_H
#define CHUTES_CODEC_DELAY_H

#include <stdint.h>

#include "base/slice.h"

/* How long a server asks to wait, in milliseconds, in the words of a message:
 * "Please try again in 1m30.5s", "Retry after 20 seconds"; -1: it doesn't say.
 * Huge values saturate at ten years. Only the first 16 KiB are searched. */
int64_t chutes__delay_in_text(struct chutes__slice text);

/* The same in members of a JSON text, however deep: Google's `retryDelay`
 * ("1.5s"), `retry_after` and `retry_after_seconds` (seconds), and
 * `retry_after_ms`. */
int64_t chutes__delay_in_json(struct chutes__slice json);

#endif
