/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_MEM_H
#define CHUTES_BASE_MEM_H

#include <stddef.h>

/*
 * All allocations of the library go through chutes__mem_realloc(), which is
 * never inlined, so that tests can make the n-th one fail with
 * -Wl,--wrap=chutes__mem_realloc.
 */

/* Works like realloc(), but treats a size of 0 as 1, so that NULL always means
 * out of memory. `block` is then still valid. */
void *chutes__mem_realloc(void *block, size_t size);

/* Works like free(), and preserves errno. */
void chutes__mem_free(void *block);

static inline void *chutes__mem_alloc(size_t size)
{
    return chutes__mem_realloc(NULL, size);
}

/* Returns a zeroed block, or NULL if memory runs out. */
void *chutes__mem_zalloc(size_t size);

/* Returns a NUL-terminated copy of len bytes, or NULL if memory runs out. */
char *chutes__mem_dup(const char *bytes, size_t len);

#endif
