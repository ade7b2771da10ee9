/* SPDX-License-Identifier: MIT */
/* The texts of one request, and which of them the library refused. */
#include "cli/embed_texts.h"

#include "cli/alloc.h"
#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 16 };

static void make_room(struct cli_texts *texts)
{
    if (texts->count < texts->room) {
        return;
    }
    texts->room = 2 * texts->room + FIRST_ROOM;
    texts->items =
        cli_resize(texts->items, texts->room * sizeof(*texts->items));
    texts->tokens =
        cli_resize(texts->tokens, texts->room * sizeof(*texts->tokens));
    texts->indexes =
        cli_resize(texts->indexes, texts->room * sizeof(*texts->indexes));
}

void cli_texts_append(struct cli_texts *texts, const char *text, size_t len,
                      size_t index)
{
    char *copy = cli_alloc(len + 1, 1);

    memcpy(copy, text, len);
    if (texts->task != NULL) {
        char *query = copy;

        copy = cli_take(chutes_embed_instruct(texts->task, query));
        free(query);
    }
    make_room(texts);
    texts->items[texts->count] = copy;
    texts->tokens[texts->count] = (chutes_tokens){NULL, 0};
    texts->indexes[texts->count] = index;
    texts->count++;
    texts->bytes += strlen(copy);
}

void cli_texts_append_tokens(struct cli_texts *texts,
                             const chutes_tokens *tokens, size_t index)
{
    make_room(texts);
    texts->items[texts->count] = NULL;
    texts->tokens[texts->count] = *tokens;
    texts->indexes[texts->count] = index;
    texts->count++;
    texts->bytes += tokens->count * sizeof(*tokens->ids);
}

static void free_text(struct cli_texts *texts, size_t at)
{
    free(texts->items[at]);
    free((void *)texts->tokens[at].ids);
}

void cli_texts_drop(struct cli_texts *texts, size_t at)
{
    size_t behind = texts->count - at - 1;

    free_text(texts, at);
    memmove(texts->items + at, texts->items + at + 1,
            behind * sizeof(*texts->items));
    memmove(texts->tokens + at, texts->tokens + at + 1,
            behind * sizeof(*texts->tokens));
    memmove(texts->indexes + at, texts->indexes + at + 1,
            behind * sizeof(*texts->indexes));
    texts->count--;
}

bool cli_texts_find_refused(const struct cli_texts *texts, const char *noun,
                            chutes_error *error, size_t *at)
{
    chutes_error own;

    /* Such as "input[2] isn't UTF-8" and "items[2].image must be a URL". */
    const char *reason = strchr(error->message, ' ');

    if (error->status != CHUTES_ERR_INVALID_ARGUMENT || reason == NULL ||
        sscanf(error->message, "%*[a-z_][%zu]", at) != 1 ||
        *at >= texts->count) {
        return false;
    }
    cli_report_fail(&own, error->status, "%s %zu%s", noun,
                    texts->indexes[*at] + 1, reason);
    *error = own;
    return true;
}

void cli_texts_dispose(struct cli_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free_text(texts, i);
    }
    free(texts->items);
    free(texts->tokens);
    free(texts->indexes);
}
