/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_HEADER_ARRAY_H
#define CHUTES_CLIENT_HEADER_ARRAY_H

#include <chutes/client.h>

#include "base/arena.h"

/* Headers as the application passes them. Its struct may be longer than ours,
 * so the array is stepped through by its size. */
struct chutes__header_array {
    const chutes_header *items;
    size_t count;
    size_t size; /* of one item */
};

static inline const chutes_header *
chutes__header_array_at(const struct chutes__header_array *array, size_t index)
{
    return (const void *)((const char *)array->items + index * array->size);
}

/* Checks the headers, and stores each in *lines as a line in libcurl's syntax,
 * in the arena. `refused` ends with NULL: names that are refused here besides
 * those that only the library may set. On failure, describes what is wrong. */
chutes_status chutes__header_array_write(
    const struct chutes__header_array *array, const char *const *refused,
    struct chutes__arena *arena, const char ***lines, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
