/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_RESULT_MEMORY_H
#define CHUTES_CLIENT_RESULT_MEMORY_H

#include "base/arena.h"

/* What a result owns. It is part of the same allocation as the public struct,
 * which is in the arena itself: freeing the arena frees the result. */
struct chutes__result_memory {
    struct chutes__arena arena;
    char *raw_json; /* NULL: it is in the arena */
};

/* Moves the arena into `memory`, and leaves an empty one. */
void chutes__result_memory_take(struct chutes__result_memory *memory,
                                struct chutes__arena *arena);

/* Frees the result, and `memory` with it. */
void chutes__result_memory_free(struct chutes__result_memory *memory);

#endif
