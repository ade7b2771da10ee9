/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_ALLOC_H
#define CHUTES_CLI_ALLOC_H

#include <stddef.h>
#include <stdio.h>

/* Memory for the command itself. These never return NULL: when memory runs out,
 * the command says so and exits. Free the result with free(). */
void *cli_alloc(size_t count, size_t size);
char *cli_copy(const char *text);
/* Returns a copy of a text of the library, and frees the original. If it is
 * NULL, the library ran out of memory, and the command exits. */
char *cli_take(char *text);
void *cli_resize(void *block, size_t size);
/* Opens a file that writes into *text, which is complete after fclose(). */
FILE *cli_alloc_file(char **text, size_t *len);

#endif
