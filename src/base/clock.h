/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_CLOCK_H
#define CHUTES_BASE_CLOCK_H

#include <stdint.h>

/* The deadline of a timeout that is off. */
#define CHUTES__CLOCK_NEVER INT64_MAX

/* Returns the monotonic time in microseconds since an arbitrary start. */
int64_t chutes__clock_now_us(void);

/* Returns the time in microseconds that is `ms` milliseconds after now_us, or
 * CHUTES__CLOCK_NEVER if ms <= 0 or the sum overflows. */
int64_t chutes__clock_after_ms(int64_t now_us, int64_t ms);

#endif
