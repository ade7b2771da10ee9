/* SPDX-License-Identifier: MIT */
/* Every test includes this: cmocka and the headers that must precede it, the
 * length of an array, and short names of the outcomes for tables. */
#ifndef CHUTES_TESTS_TEST_H
#define CHUTES_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOT_SENT CHUTES_OUTCOME_NOT_SENT
#define MAYBE_SENT CHUTES_OUTCOME_MAYBE_SENT
#define ANSWERED CHUTES_OUTCOME_ANSWERED

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
