/* SPDX-License-Identifier: MIT */
/* Memory that is never NULL: the command ends when there is none left. */
#include "cli/alloc.h"

#include <chutes/chutes.h>

#include "cli/exit_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

char *cli_copy(const char *text)
{
    return demand(strdup(text));
}

char *cli_take(char *text)
{
    char *copy = cli_copy(demand(text));

    chutes_string_free(text);
    return copy;
}

void *cli_resize(void *block, size_t size)
{
    return demand(realloc(block, size));
}

FILE *cli_alloc_file(char **text, size_t *len)
{
    return demand(open_memstream(text, len));
}
