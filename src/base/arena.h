/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_ARENA_H
#define CHUTES_BASE_ARENA_H

#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

/* The memory of one result: many small pieces that are freed at once. */
struct chutes__arena {
    struct chutes__arena_block *blocks;
    struct chutes__arena_guest *guests; /* blocks that were adopted */
};

/* How much of an arena is in use. */
struct chutes__arena_mark {
    struct chutes__arena_block *newest; /* NULL: nothing */
    struct chutes__arena_block *behind;
    size_t used; /* bytes of the newest block */
};

void chutes__arena_init(struct chutes__arena *arena);
void chutes__arena_dispose(struct chutes__arena *arena);

/* The first returns a mark; the second frees the pieces that were allocated
 * after it. The arena must not have adopted a buffer in between. */
struct chutes__arena_mark chutes__arena_mark(const struct chutes__arena *arena);
void chutes__arena_rewind(struct chutes__arena *arena,
                          struct chutes__arena_mark mark);

/* Moves all that `other` owns to the arena, and leaves `other` empty. */
void chutes__arena_join(struct chutes__arena *arena,
                        struct chutes__arena *other);

/* Returns zeroed memory, aligned for pointers, integers and doubles, or NULL if
 * memory runs out or count × size overflows. A piece of 0 bytes is not NULL
 * either, so NULL always means failure. */
void *chutes__arena_alloc(struct chutes__arena *arena, size_t count,
                          size_t size);

/* Returns an array of pointers to `count` zeroed structs of `size` bytes, or
 * NULL if memory runs out. */
void *chutes__arena_alloc_list(struct chutes__arena *arena, size_t count,
                               size_t size);

/* Returns a NUL-terminated copy, or NULL if memory runs out. */
char *chutes__arena_dup(struct chutes__arena *arena,
                        struct chutes__slice bytes);

/* Takes ownership of the buffer's memory without copying it, leaves the buffer
 * empty, and returns the text. Returns NULL if memory runs out; the buffer is
 * then unchanged. */
char *chutes__arena_adopt(struct chutes__arena *arena, struct chutes__buf *buf);

#endif
