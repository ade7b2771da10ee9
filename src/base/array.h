/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ARRAY_H
#define CHUTES_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* The slow path of chutes__array_reserve(). */
bool chutes__array_grow(void *items, size_t *capacity, size_t needed,
                        size_t item_size) __attribute__((warn_unused_result));

/*
 * Makes room for `needed` items. An array that grows at least doubles its
 * capacity. `items` is the address of the array's pointer, which may be NULL
 * while *capacity is 0. The owner frees the array with chutes__mem_free().
 * Returns false and leaves the array unchanged if memory runs out.
 */
static inline bool chutes__array_reserve(void *items, size_t *capacity,
                                         size_t needed, size_t item_size)
{
    return needed <= *capacity ||
           chutes__array_grow(items, capacity, needed, item_size);
}

#endif
