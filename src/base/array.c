/* SPDX-License-Identifier: MIT */
/* Growing arrays of any type. This is the only place that computes their
 * capacity. */
#include "base/array.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

enum { MIN_CAPACITY = 4 };

static size_t choose_capacity(size_t capacity, size_t needed)
{
    size_t doubled = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
    size_t wanted = doubled < MIN_CAPACITY ? MIN_CAPACITY : doubled;

    return wanted < needed ? needed : wanted;
}

bool chutes__array_grow(void *items, size_t *capacity, size_t needed,
                        size_t item_size)
{
    size_t grown_capacity = choose_capacity(*capacity, needed);
    void *grown;

    if (grown_capacity > SIZE_MAX / item_size) {
        return false;
    }
    /* `items` is the address of a pointer of another type. Reading that pointer
     * as a void * would break the aliasing rules, so copy its bytes. */
    memcpy(&grown, items, sizeof(grown));
    grown = chutes__mem_realloc(grown, grown_capacity * item_size);
    if (grown == NULL) {
        return false;
    }
    memcpy(items, &grown, sizeof(grown));
    *capacity = grown_capacity;
    return true;
}
