/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CLOCK_H
#define CHUTES_CLI_CLOCK_H

#include <stdint.h>

/* Returns the milliseconds of a monotonic clock. */
int64_t cli_now_ms(void);

#endif
