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
    int saved = errno;

    free(block);
    errno = saved;
}
