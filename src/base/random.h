/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_RANDOM_H
#define CHUTES_BASE_RANDOM_H

#include <stdint.h>

/* 64 random bits, good enough to spread retries (not for secrets). Any thread.
 * Tests replace it at link time, as they do the clock. */
uint64_t chutes__random_u64(void);

#endif
