/* SPDX-License-Identifier: MIT */
/*
 * The memory of a result.
 */
#include "client/result_memory.h"

#include "base/mem.h"

void chutes__result_memory_take(struct chutes__result_memory *memory,
                                struct chutes__arena *arena)
{
    memory->arena = *arena;
    chutes__arena_init(arena);
}

void chutes__result_memory_free(struct chutes__result_memory *memory)
{
    /* Use a copy, because freeing the arena frees `memory` itself. */
    struct chutes__arena arena = memory->arena;

    chutes__mem_free(memory->raw_json);
    chutes__arena_dispose(&arena);
}
