/* SPDX-License-Identifier: MIT */
/* What every test includes: cmocka, with the headers that it needs first. */
#ifndef CHUTES_TESTS_TEST_H
#define CHUTES_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
