/* SPDX-License-Identifier: MIT */
/* Memory that is never NULL: the command ends when there is none left. */
#include "cli/alloc.h"

#include "cli/exit_code.h"

#include <stdio.h>
#include <stdlib.h>

static void *demand(void *block)
{
    if (block == NULL) {
        fputs("chutes: out of memory\n", stderr);
        exit(CLI_EXIT_API);
    }
    return block;
}

void *cli_alloc(size_t count, size_t size)
{
    return demand(calloc(count > 0 ? count : 1, size));
}

void *cli_resize(void *block, size_t size)
{
    return demand(realloc(block, size));
}

FILE *cli_alloc_file(char **text, size_t *len)
{
    return demand(open_memstream(text, len));
}
