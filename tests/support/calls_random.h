/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_CALLS_RANDOM_H
#define CHUTES_TESTS_CALLS_RANDOM_H

#include <stdint.h>

/* Returns the chunks of a random stream of tool calls, each behind `before` and
 * followed by `after`: several calls and choices by turns, and all that the
 * rules in chat/tool_calls.h and R1 allow for, such as arguments that come
 * twice or replace others. The caller frees it with free(). */
char *calls_random(uint64_t *random, const char *before, const char *after);

#endif
