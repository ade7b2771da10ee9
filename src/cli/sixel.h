/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SIXEL_H
#define CHUTES_CLI_SIXEL_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

/* Is the program installed that makes sixels of images? */
bool cli_sixel_is_available(void);

/* Returns the image as the escape sequence that shows it, and its length in
 * *len. The caller frees it with free(). NULL: the program can't read such
 * images, took too long or was interrupted. */
char *cli_sixel_of(const chutes_media *image, size_t *len);

#endif
