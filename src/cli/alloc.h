/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_ALLOC_H
#define CHUTES_CLI_ALLOC_H

#include <stddef.h>
#include <stdio.h>

/* Memory for the command itself. Never NULL: a command without memory has
 * nothing to say and ends. Free with free(). */
void *cli_alloc(size_t count, size_t size);
void *cli_resize(void *block, size_t size);
/* A file that writes into *text, complete after fclose(). */
FILE *cli_alloc_file(char **text, size_t *len);

#endif
