/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INPUT_H
#define CHUTES_CLI_INPUT_H

#include "cli/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Text or bytes that were read; `bytes` is NUL-terminated. */
struct cli_input {
    char *bytes; /* NULL: nothing was read */
    size_t len;
};

void cli_input_dispose(struct cli_input *input);

/* All that `file` holds, without a byte order mark. False and a complaint when
 * it can't be read or is larger than what a request may carry. */
bool cli_input_read(struct cli_input *input, FILE *file, const char *name,
                    struct cli_output *output);

enum cli_stdin {
    CLI_STDIN_WHEN_PIPED, /* when it is no terminal, or an operand is "-" */
    CLI_STDIN_NEVER       /* "-" is refused */
};

/* The operands joined by blanks; then, as `from` says, a blank line and
 * standard input without its last line ends. False and a complaint on failure,
 * or when that is no text at all. */
bool cli_input_prompt(struct cli_input *prompt, const char *const *operands,
                      size_t count, enum cli_stdin from,
                      struct cli_output *output);

/* A URL stays what it is: *url is NULL. The bytes of a file become a data: URL,
 * owned by the caller, free with chutes_string_free(). False and a complaint on
 * failure. */
bool cli_input_image(const char *where, char **url, struct cli_output *output);

#endif
