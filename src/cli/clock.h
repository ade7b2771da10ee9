/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_CLOCK_H
#define CHUTES_CLI_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that nobody sets. */
int64_t cli_now_ms(void);

#endif
