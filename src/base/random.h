/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_RANDOM_H
#define CHUTES_BASE_RANDOM_H

#include <stdint.h>

/* Returns 64 random bits that are good enough to spread retries, not for
 * secrets. May be called from any thread. Tests replace it at link time. */
uint64_t chutes__random_u64(void);

#endif
