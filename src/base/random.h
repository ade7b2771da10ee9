/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_RANDOM_H
#define CHUTES_BASE_RANDOM_H

#include <stdint.h>

/* Returns 64 random bits. They are good enough to spread retries, but not for
 * secrets. Any thread may call this. Tests replace it at link time. */
uint64_t chutes__random_u64(void);

#endif
