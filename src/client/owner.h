/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_OWNER_H
#define CHUTES_CLIENT_OWNER_H

#include "base/arena.h"

/* What a result owns. It is kept beside the public struct in one allocation of
 * the arena itself, so a result is freed by freeing its arena. */
struct chutes__owner {
    struct chutes__arena arena;
    char *raw_json; /* NULL when it is in the arena */
};

/* Moves the arena in. */
void chutes__owner_take(struct chutes__owner *owner,
                        struct chutes__arena *arena);

/* Frees the memory that `owner` itself is in. */
void chutes__owner_free(struct chutes__owner *owner);

#endif
