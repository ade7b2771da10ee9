/* SPDX-License-Identifier: MIT */
/* Memory for one result. Pieces are carved from blocks that double in size. All
 * blocks, and the buffers that were adopted, are freed together; a single piece
 * can't be freed. */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

struct chutes__arena_block {
    struct chutes__arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

struct chutes__arena_guest {
    struct chutes__arena_guest *next;
    char *memory;
};

/* Leaves room for the header of a block and for malloc's own, so that an
 * allocation stays within 512 bytes or 64 KiB. */
enum { FIRST_BLOCK = 512 - 64, MAX_BLOCK = 65536 - 64 };

void chutes__arena_init(struct chutes__arena *arena)
{
    arena->blocks = NULL;
    arena->guests = NULL;
}

/* Frees the blocks from *first up to but not including `last`, and points
 * *first at `last`. */
static void free_blocks(struct chutes__arena_block **first,
                        struct chutes__arena_block *last)
{
    while (*first != last) {
        struct chutes__arena_block *block = *first;

        *first = block->next;
        chutes__mem_free(block);
    }
}

void chutes__arena_dispose(struct chutes__arena *arena)
{
    /* The list of guests is stored in the blocks, so free the guests first. */
    for (; arena->guests != NULL; arena->guests = arena->guests->next) {
        chutes__mem_free(arena->guests->memory);
    }
    free_blocks(&arena->blocks, NULL);
}

struct chutes__arena_mark chutes__arena_mark(const struct chutes__arena *arena)
{
    struct chutes__arena_mark mark = {arena->blocks, NULL, 0};

    if (mark.newest != NULL) {
        mark.behind = mark.newest->next;
        mark.used = mark.newest->used;
    }
    return mark;
}

void chutes__arena_rewind(struct chutes__arena *arena,
                          struct chutes__arena_mark mark)
{
    free_blocks(&arena->blocks, mark.newest);
    if (mark.newest != NULL) {
        /* add_block() may have inserted large blocks after the newest one. */
        free_blocks(&mark.newest->next, mark.behind);
        mark.newest->used = mark.used;
    }
}

void chutes__arena_join(struct chutes__arena *arena,
                        struct chutes__arena *other)
{
    struct chutes__arena_block **block = &arena->blocks;
    struct chutes__arena_guest **guest = &arena->guests;

    while (*block != NULL) {
        block = &(*block)->next;
    }
    while (*guest != NULL) {
        guest = &(*guest)->next;
    }
    *block = other->blocks;
    *guest = other->guests;
    chutes__arena_init(other);
}

static struct chutes__arena_block *make_block(size_t size)
{
    struct chutes__arena_block *block;

    if (size > SIZE_MAX - sizeof(*block)) {
        return NULL;
    }
    block = chutes__mem_alloc(sizeof(*block) + size);
    if (block != NULL) {
        block->next = NULL;
        block->used = 0;
        block->size = size;
    }
    return block;
}

/* Doubles the size of each new block, so that a large result needs few. */
static size_t choose_block_size(const struct chutes__arena_block *newest)
{
    if (newest == NULL) {
        return FIRST_BLOCK;
    }
    return newest->size < MAX_BLOCK / 2 ? newest->size * 2 : MAX_BLOCK;
}

static struct chutes__arena_block *add_block(struct chutes__arena *arena,
                                             size_t needed)
{
    struct chutes__arena_block *newest = arena->blocks;
    size_t size = choose_block_size(newest);
    struct chutes__arena_block *block =
        make_block(needed < size ? size : needed);

    if (block == NULL) {
        return NULL;
    }
    if (needed >= size && newest != NULL) {
        /* This one piece fills the block, so insert it behind the newest block,
         * which stays first and serves the next small pieces. */
        block->next = newest->next;
        newest->next = block;
    } else {
        block->next = newest;
        arena->blocks = block;
    }
    return block;
}

/* The types that results consist of, besides bytes. long double is left out
 * because it would double the alignment on most machines. */
union any {
    void *pointer;
    int64_t integer;
    double number;
};

/* The bytes of a new block are aligned for any C type. */
static __attribute__((noinline)) void *carve_new(struct chutes__arena *arena,
                                                 size_t size)
{
    struct chutes__arena_block *block = add_block(arena, size);

    if (block == NULL) {
        return NULL;
    }
    block->used = size;
    return block->bytes;
}

static inline void *carve(struct chutes__arena *arena, size_t size,
                          size_t alignment)
{
    struct chutes__arena_block *block = arena->blocks;
    size_t at;

    if (block == NULL) {
        return carve_new(arena, size);
    }
    at = (block->used + alignment - 1) & ~(alignment - 1);
    if (at > block->size || size > block->size - at) {
        return carve_new(arena, size);
    }
    block->used = at + size;
    return block->bytes + at;
}

void *chutes__arena_alloc(struct chutes__arena *arena, size_t count,
                          size_t size)
{
    void *piece;
    size_t len;

    if (__builtin_mul_overflow(count, size, &len)) {
        return NULL;
    }
    piece = carve(arena, len, alignof(union any));
    return piece == NULL ? NULL : memset(piece, 0, len);
}

void *chutes__arena_alloc_list(struct chutes__arena *arena, size_t count,
                               size_t size)
{
    void **list = chutes__arena_alloc(arena, count, sizeof(*list));
    char *structs = chutes__arena_alloc(arena, count, size);

    if (list == NULL || structs == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = structs + i * size;
    }
    return list;
}

char *chutes__arena_dup(struct chutes__arena *arena, struct chutes__slice bytes)
{
    char *copy = NULL;

    if (bytes.len < SIZE_MAX) {
        copy = carve(arena, bytes.len + 1, 1);
    }
    if (copy == NULL) {
        return NULL;
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    copy[bytes.len] = '\0';
    return copy;
}

char *chutes__arena_adopt(struct chutes__arena *arena, struct chutes__buf *buf)
{
    struct chutes__arena_guest *guest =
        chutes__arena_alloc(arena, 1, sizeof(*guest));

    if (guest == NULL) {
        return NULL;
    }
    guest->memory = chutes__buf_take(buf);
    if (guest->memory == NULL) {
        return NULL;
    }
    guest->next = arena->guests;
    arena->guests = guest;
    return guest->memory;
}
