/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_ALLOC_FAIL_H
#define CHUTES_TESTS_ALLOC_FAIL_H

#include <stddef.h>

/*
 * Makes allocations of the library fail. A program that uses it is linked with
 *
 *     -Wl,--wrap=chutes__mem_realloc,--wrap=chutes__mem_free
 *
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
 * The counts cover all threads of the process. The mock server has its own
 * allocator: its allocations are neither counted nor failed.
 */

/* Each of these resets the counts of calls and live blocks. Nothing is counted
 * before the first of them or after alloc_fail_off(). */
void alloc_fail_count(void);    /* nothing fails */
void alloc_fail_at(long nth);   /* the n-th call fails, from 1 */
void alloc_fail_from(long nth); /* the n-th call and all later ones fail */
void alloc_fail_off(void);
/* alloc_fail_count() with the signature of the other two, for tables of modes.
 * Ignores `nth`. */
void alloc_fail_none(long nth);

/* Calls of chutes__mem_realloc() so far. */
long alloc_fail_calls(void);
/* How many of them were made to fail. */
long alloc_fail_failures(void);
/* Blocks allocated since the reset and not yet freed. Older blocks are not
 * counted, even if they are freed or grow. */
long alloc_fail_live(void);
/* Fails the test if any block is live; the message names allocation `nth`. */
void alloc_fail_expect_none_lost(long nth);
/* The bytes that these blocks occupy. */
size_t alloc_fail_bytes(void);
/* The most bytes that they occupied at any time. */
size_t alloc_fail_peak(void);

#endif
