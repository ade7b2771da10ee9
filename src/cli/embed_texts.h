/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_TEXTS_H
#define CHUTES_CLI_EMBED_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

/* Texts that are sent together, each with its index among all: either the texts
 * themselves, or the ids of their tokens. Start from zeros. */
struct cli_texts {
    char **items;          /* NULL for the ids of tokens; URLs of images */
    chutes_tokens *tokens; /* no ids for a text */
    size_t *indexes;
    size_t count;
    size_t room;
    size_t bytes;     /* the sum of their sizes */
    const char *task; /* the instruction in front of each; NULL: none */
};

void cli_texts_append(struct cli_texts *texts, const char *text, size_t len,
                      size_t index);
/* Appends a text as the ids of its tokens, which belong to the texts from now
 * on. */
void cli_texts_append_tokens(struct cli_texts *texts,
                             const chutes_tokens *tokens, size_t index);
void cli_texts_drop(struct cli_texts *texts, size_t at);

/* Is the error about one text, such as one that isn't UTF-8? If so, sets *at to
 * its position here and rewrites the message to name it by its number among all
 * texts, as in "line 7" for the noun "line". */
bool cli_texts_find_refused(const struct cli_texts *texts, const char *noun,
                            chutes_error *error, size_t *at);

void cli_texts_dispose(struct cli_texts *texts);

#endif
