/* SPDX-License-Identifier: MIT */
/* Counts what a process of one thread allocates, if it is preloaded. */
#include "bench/heap.h"

#include <malloc.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

void bench_heap_reset(void);
void bench_heap_read(struct bench_heap *heap);

static size_t live;
static size_t peak;
static size_t base;
static size_t calls;

static void *added(void *block)
{
    calls++;
    live += block != NULL ? malloc_usable_size(block) : 0;
    peak = live > peak ? live : peak;
    return block;
}

void *malloc(size_t size)
{
    return added(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return added(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    size_t before = block != NULL ? malloc_usable_size(block) : 0;
    void *grown = __libc_realloc(block, size);

    live -= grown != NULL || size == 0 ? before : 0;
    return added(grown);
}

void free(void *block)
{
    live -= block != NULL ? malloc_usable_size(block) : 0;
    __libc_free(block);
}

void bench_heap_reset(void)
{
    base = live;
    peak = live;
    calls = 0;
}

void bench_heap_read(struct bench_heap *heap)
{
    heap->peak = peak - base;
    heap->calls = calls;
}
