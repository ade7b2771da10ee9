/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_SUGGEST_H
#define CHUTES_CLI_SUGGEST_H

#include <stddef.h>

/* Looks for the name that was most likely meant by a mistyped word. Start with
 * {word, NULL, 0}. Names must outlive it. */
struct cli_suggestion {
    const char *word;
    const char *name; /* NULL: nothing that was offered is near */
    size_t distance;
};

void cli_suggest(struct cli_suggestion *suggestion, const char *name);

#endif
