/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_DELAY_H
#define CHUTES_CODEC_DELAY_H

#include <stdint.h>

#include "base/slice.h"

/* Returns the delay in milliseconds that a message such as "Please try again in
 * 1m30.5s" or "Retry after 20 seconds" names, or -1 if it names none. Huge
 * values saturate at ten years. Only the first 16 KiB are searched. */
int64_t chutes__delay_in_text(struct chutes__slice text);

/* Does the same for members of a JSON text at any depth: Google's `retryDelay`
 * ("1.5s"), `retry_after` and `retry_after_seconds` (seconds), and
 * `retry_after_ms`. */
int64_t chutes__delay_in_json(struct chutes__slice json);

#endif
