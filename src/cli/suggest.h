/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SUGGEST_H
#define CHUTES_CLI_SUGGEST_H

#include <stddef.h>

/* Finds the name that was most likely meant by a mistyped word. Start with
 * {word, NULL, 0} and offer each name to cli_suggest(). */
struct cli_suggestion {
    const char *word;
    const char *name; /* the nearest one offered so far; NULL: none is near */
    size_t distance;
};

void cli_suggest(struct cli_suggestion *suggestion, const char *name);

#endif
