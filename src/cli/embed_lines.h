/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_LINES_H
#define CHUTES_CLI_EMBED_LINES_H

#include "cli/options.h"

#include <chutes/chutes.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * The texts to embed, one by one: the operands, or the lines of standard input
 * as they come, so that input of any length takes little memory.
 */
struct cli_lines {
    const struct cli_list *operands; /* NULL: standard input */
    char *bytes;                     /* that were read and not taken yet */
    size_t begin;
    size_t end;
    size_t scanned; /* up to here there is no line end */
    size_t capacity;
    size_t taken;  /* texts so far, bad ones included */
    bool has_more; /* more may be read */
    bool is_begun; /* the start was looked at, where a byte order mark may be */
};

enum cli_line {
    CLI_LINE_TEXT,
    CLI_LINE_BAD,  /* it can't be embedded; it is taken all the same */
    CLI_LINE_WAIT, /* the next one hasn't come yet: cli_lines_read() */
    CLI_LINE_END
};

void cli_lines_init(struct cli_lines *lines, const struct cli_list *operands);
void cli_lines_dispose(struct cli_lines *lines);

/* Looks at the next text, which is *text until something else is done with
 * `lines`. Of a bad one, `error` tells its number and what is wrong. */
enum cli_line cli_lines_peek(struct cli_lines *lines, const char **text,
                             size_t *len, chutes_error *error);
/* Takes the text that was looked at. */
void cli_lines_take(struct cli_lines *lines);

/* Reads once from standard input, which waits for it unless it is ready. False
 * when it can't be read; `error` says why. */
bool cli_lines_read(struct cli_lines *lines, chutes_error *error);

/* What the texts are called, for messages: "line" or "text". */
const char *cli_lines_noun(const struct cli_lines *lines);

#endif
