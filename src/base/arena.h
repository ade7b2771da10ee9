/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ARENA_H
#define CHUTES_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/* The memory of one result: many small pieces that are freed at once. */
struct chutes__arena {
    struct chutes__arena_block *blocks;
};

void chutes__arena_init(struct chutes__arena *arena);
void chutes__arena_dispose(struct chutes__arena *arena);

/* Returns zeroed memory, aligned for any type, or NULL if memory runs out or
 * count × size overflows. A piece of 0 bytes is not NULL either, so NULL always
 * means failure. */
void *chutes__arena_alloc(struct chutes__arena *arena, size_t count,
                          size_t size);

/* Returns a NUL-terminated copy, or NULL if memory runs out. */
char *chutes__arena_dup(struct chutes__arena *arena,
                        struct chutes__slice bytes);

#endif
