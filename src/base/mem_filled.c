/* SPDX-License-Identifier: MIT */
/* Allocates memory with contents. In a file of its own, as the linker does not
 * replace chutes__mem_realloc() where it is defined. */
#include "base/mem.h"

#include <string.h>

void *chutes__mem_zalloc(size_t size)
{
    void *block = chutes__mem_realloc(NULL, size);

    return block == NULL ? NULL : memset(block, 0, size);
}

char *chutes__mem_dup(const char *bytes, size_t len)
{
    char *copy = chutes__mem_realloc(NULL, len + 1);

    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}
