/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_CLOCK_H
#define CHUTES_BASE_CLOCK_H

#include <stdint.h>

/* Never: a deadline that is off. */
#define CHUTES__CLOCK_NEVER INT64_MAX

/* Monotonic time in microseconds from an arbitrary start. */
int64_t chutes__clock_now_us(void);

/* now + ms without overflow; CHUTES__CLOCK_NEVER for ms <= 0. */
int64_t chutes__clock_after_ms(int64_t now_us, int64_t ms);

#endif
