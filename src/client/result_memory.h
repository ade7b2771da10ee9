/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_RESULT_MEMORY_H
#define CHUTES_CLIENT_RESULT_MEMORY_H

#include "base/arena.h"

/* What a result owns. It is kept beside the public struct in one allocation of
 * the arena itself, so a result is freed by freeing its arena. */
struct chutes__result_memory {
    struct chutes__arena arena;
    char *raw_json; /* NULL when it is in the arena */
};

/* Moves the arena in. */
void chutes__result_memory_take(struct chutes__result_memory *memory,
                                struct chutes__arena *arena);

/* Frees the memory that `memory` itself is in. */
void chutes__result_memory_free(struct chutes__result_memory *memory);

#endif
