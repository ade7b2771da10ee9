/* SPDX-License-Identifier: MIT */
#include "client/owner.h"

#include "base/mem.h"

void chutes__owner_take(struct chutes__owner *owner,
                        struct chutes__arena *arena)
{
    owner->arena = *arena;
    chutes__arena_init(arena);
}

void chutes__owner_free(struct chutes__owner *owner)
{
    struct chutes__arena arena = owner->arena;

    chutes__mem_free(owner->raw_json);
    chutes__arena_dispose(&arena);
}
