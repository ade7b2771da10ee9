/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CLOCK_H
#define CHUTES_CLI_CLOCK_H

#include <stdint.h>

/* Returns the milliseconds of a monotonic clock. */
int64_t cli_now_ms(void);

/* Returns how much of a limit is left, at least 1; the limit itself if it is 0
 * or less, which means that there is none. */
int64_t cli_time_left_ms(int64_t limit_ms, int64_t started_ms);

#endif
