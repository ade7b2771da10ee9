/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_LINES_H
#define CHUTES_CLI_EMBED_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

#include "cli/options.h"

/*
 * The texts to embed, one by one: the operands, or the lines of standard input
 * as they arrive, so that input of any length needs little memory.
 */
struct cli_lines {
    const struct cli_list *operands; /* NULL: standard input */
    const char *noun;                /* for an operand, as in "text 2" */
    char *bytes;                     /* read and not taken yet */
    size_t begin;
    size_t end;
    size_t scanned; /* no line ends before this */
    size_t capacity;
    size_t taken;  /* texts taken so far, including bad ones */
    bool has_more; /* standard input may have more */
    bool is_begun; /* a byte order mark was skipped, or there is none */
};

enum cli_line {
    CLI_LINE_TEXT,
    CLI_LINE_BAD,  /* it can't be embedded; take it all the same */
    CLI_LINE_WAIT, /* incomplete: call cli_lines_read() */
    CLI_LINE_END
};

void cli_lines_init(struct cli_lines *lines, const struct cli_list *operands,
                    const char *noun);
void cli_lines_dispose(struct cli_lines *lines);

/* Looks at the next text. *text is valid until the next call on `lines`. For a
 * bad one, `error` says its number and what is wrong. */
enum cli_line cli_lines_peek(struct cli_lines *lines, const char **text,
                             size_t *len, chutes_error *error);
/* Says in `error` why the text that cli_lines_peek() returned is bad, with its
 * number. */
void cli_lines_refuse(const struct cli_lines *lines, const char *reason,
                      chutes_error *error);
/* Takes the text that cli_lines_peek() returned. */
void cli_lines_take(struct cli_lines *lines);

/* Reads once from standard input, and waits if nothing has arrived. Returns
 * false on failure, with the cause in `error`. */
bool cli_lines_read(struct cli_lines *lines, chutes_error *error);

/* Returns "line", or the noun of an operand, for messages. */
const char *cli_lines_noun(const struct cli_lines *lines);

#endif
