/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ARENA_H
#define CHUTES_BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

/* Memory of one result: many small pieces, freed at once. */
struct chutes__arena {
    struct chutes__arena_block *blocks;
};

void chutes__arena_init(struct chutes__arena *arena);
void chutes__arena_dispose(struct chutes__arena *arena);

/* Zeroed, aligned for any type. NULL: out of memory, or count × size
 * overflows. */
void *chutes__arena_alloc(struct chutes__arena *arena, size_t count,
                          size_t size);

/* A NUL-terminated copy. */
char *chutes__arena_dup(struct chutes__arena *arena,
                        struct chutes__slice bytes);

#endif
