/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ALLOC_FAIL_H
#define CHUTES_TESTS_ALLOC_FAIL_H

#include <stddef.h>

/*
 * Makes allocations of the library fail. A program that uses it is linked with
 *     -Wl,--wrap=chutes__mem_realloc,--wrap=chutes__mem_free
 * The usual loop:
 *
 *     alloc_fail_count();
 *     run();
 *     total = alloc_fail_calls();
 *     for (i = 1; i <= total; i++) {
 *         alloc_fail_at(i);          (and once more with alloc_fail_from(i))
 *         run();                     → CHUTES_ERR_NO_MEMORY
 *         assert_int_equal(alloc_fail_live(), 0);
 *     }
 *     alloc_fail_off();
 *
 * All counts are of the process. The mock server allocates otherwise, and is
 * neither counted nor failed.
 */

/* Each starts counting calls and live blocks afresh. Before the first one, and
 * when off, nothing is counted. */
void alloc_fail_count(void);    /* nothing fails */
void alloc_fail_at(long nth);   /* the n-th call fails, from 1 */
void alloc_fail_from(long nth); /* … and all that follow */
void alloc_fail_off(void);
/* alloc_fail_count() where a test has a table of the two before it. */
void alloc_fail_none(long nth);

/* Calls of chutes__mem_realloc() so far. */
long alloc_fail_calls(void);
/* How many of them failed by our doing. */
long alloc_fail_failures(void);
/* Blocks that were allocated since and not freed yet. Blocks from before are
 * not counted when they are freed or grow. */
long alloc_fail_live(void);
/* Ends the test if there are any; names the allocation that failed. */
void alloc_fail_expect_none_lost(long nth);
/* The most bytes that such blocks had at a time. */
size_t alloc_fail_peak(void);

#endif
