/* SPDX-License-Identifier: MIT */
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
