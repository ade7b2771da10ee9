/* SPDX-License-Identifier: MIT */
#include "alloc_fail.h"

#include "test.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The names that the linker's --wrap makes. */
void *__real_chutes__mem_realloc(void *block, size_t size);
void __real_chutes__mem_free(void *block);
void *__wrap_chutes__mem_realloc(void *block, size_t size);
void __wrap_chutes__mem_free(void *block);

enum mode { MODE_OFF, MODE_COUNT, MODE_AT, MODE_FROM };

/* Addresses of live blocks, in an open-addressing hash table. */
static struct {
    uintptr_t *slots;
    size_t cap;
    size_t used; /* including tombstones */
    long live;
} blocks;

static const uintptr_t TOMBSTONE = 1;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic enum mode mode = MODE_OFF;
static long chosen;
static long calls;
static long failures;
static size_t bytes; /* in live blocks */
static size_t peak;

static size_t find_slot(uintptr_t address)
{
    size_t at =
        (size_t)((address >> 4) * 0x9E3779B97F4A7C15u) & (blocks.cap - 1);

    while (blocks.slots[at] != 0 && blocks.slots[at] != address) {
        at = (at + 1) & (blocks.cap - 1);
    }
    return at;
}

static void grow_table(void)
{
    uintptr_t *old = blocks.slots;
    size_t old_cap = blocks.cap;

    /* If most entries are tombstones, rehashing at the same size is enough. */
    if (old_cap == 0) {
        blocks.cap = 1024;
    } else if ((size_t)blocks.live * 4 >= old_cap) {
        blocks.cap = old_cap * 2;
    }
    blocks.slots = calloc(blocks.cap, sizeof(*blocks.slots));
    blocks.used = 0;
    if (blocks.slots == NULL) {
        abort();
    }
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i] > TOMBSTONE) {
            blocks.slots[find_slot(old[i])] = old[i];
            blocks.used++;
        }
    }
    free(old);
}

static void remember(void *block)
{
    bytes += malloc_usable_size(block);
    peak = bytes > peak ? bytes : peak;
    if (blocks.used * 2 >= blocks.cap) {
        grow_table();
    }
    blocks.slots[find_slot((uintptr_t)block)] = (uintptr_t)block;
    blocks.used++;
    blocks.live++;
}

/* Returns false for a block that was allocated before counting began. */
static bool forget(void *block)
{
    size_t at;

    if (block == NULL || blocks.cap == 0) {
        return false;
    }
    at = find_slot((uintptr_t)block);
    if (blocks.slots[at] == 0) {
        return false;
    }
    blocks.slots[at] = TOMBSTONE;
    blocks.live--;
    bytes -= malloc_usable_size(block);
    return true;
}

static bool is_to_fail(void)
{
    calls++;
    return (mode == MODE_AT && calls == chosen) ||
           (mode == MODE_FROM && calls >= chosen);
}

void *__wrap_chutes__mem_realloc(void *block, size_t size)
{
    void *result = NULL;
    bool is_known;

    /* Benchmarks link this wrapper too: take no lock for them. */
    if (mode == MODE_OFF) {
        return __real_chutes__mem_realloc(block, size);
    }
    pthread_mutex_lock(&lock);
    if (is_to_fail()) {
        failures++;
    } else {
        is_known = forget(block);
        result = __real_chutes__mem_realloc(block, size);
        if (result == NULL) {
            abort(); /* a real shortage: the test would be meaningless */
        }
        if (block == NULL || is_known) {
            remember(result);
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void __wrap_chutes__mem_free(void *block)
{
    if (mode == MODE_OFF) {
        __real_chutes__mem_free(block);
        return;
    }
    pthread_mutex_lock(&lock);
    (void)forget(block);
    __real_chutes__mem_free(block);
    pthread_mutex_unlock(&lock);
}

static void begin(enum mode wanted, long number)
{
    pthread_mutex_lock(&lock);
    mode = wanted;
    chosen = number;
    calls = 0;
    failures = 0;
    free(blocks.slots);
    blocks.slots = NULL;
    blocks.cap = 0;
    blocks.used = 0;
    blocks.live = 0;
    bytes = 0;
    peak = 0;
    pthread_mutex_unlock(&lock);
}

void alloc_fail_count(void)
{
    begin(MODE_COUNT, 0);
}

void alloc_fail_at(long nth)
{
    begin(MODE_AT, nth);
}

void alloc_fail_from(long nth)
{
    begin(MODE_FROM, nth);
}

void alloc_fail_off(void)
{
    begin(MODE_OFF, 0);
}

static long read_count(const long *count)
{
    long value;

    pthread_mutex_lock(&lock);
    value = *count;
    pthread_mutex_unlock(&lock);
    return value;
}

void alloc_fail_none(long nth)
{
    (void)nth;
    alloc_fail_count();
}

long alloc_fail_calls(void)
{
    return read_count(&calls);
}

long alloc_fail_failures(void)
{
    return read_count(&failures);
}

long alloc_fail_live(void)
{
    return read_count(&blocks.live);
}

static size_t read_size(const size_t *size)
{
    size_t value;

    pthread_mutex_lock(&lock);
    value = *size;
    pthread_mutex_unlock(&lock);
    return value;
}

size_t alloc_fail_bytes(void)
{
    return read_size(&bytes);
}

size_t alloc_fail_peak(void)
{
    return read_size(&peak);
}

void alloc_fail_expect_none_lost(long nth)
{
    if (alloc_fail_live() != 0) {
        fail_msg("allocation %ld: %ld blocks are lost", nth, alloc_fail_live());
    }
}
