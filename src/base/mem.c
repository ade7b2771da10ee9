/* SPDX-License-Identifier: MIT */
/* The only calls of realloc() and free() in the library. */
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>

void *chutes__mem_realloc(void *block, size_t size)
{
    return realloc(block, size == 0 ? 1 : size);
}

void chutes__mem_free(void *block)
{
    /* Cleanup must not hide the errno of the call that failed. Before
     * POSIX.1-2024, free() was allowed to change it. */
    int saved = errno;

    free(block);
    errno = saved;
}
