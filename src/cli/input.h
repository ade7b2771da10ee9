/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_INPUT_H
#define CHUTES_CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/options.h"
#include "cli/output.h"

/* Text or bytes; `bytes` is NUL-terminated. */
struct cli_input {
    char *bytes; /* NULL: nothing was read */
    size_t len;
};

void cli_input_dispose(struct cli_input *input);

/* Reads all of `file`. Returns false after a complaint if it can't be read or
 * is too large for a request. */
bool cli_input_read_bytes(struct cli_input *input, FILE *file, const char *name,
                          struct cli_output *output);

/* Does the same for the file with this name; "-" is standard input. */
bool cli_input_file(struct cli_input *input, const char *path,
                    struct cli_output *output);

/* Do the same for text: they drop a byte order mark. */
bool cli_input_read(struct cli_input *input, FILE *file, const char *name,
                    struct cli_output *output);
bool cli_input_text_file(struct cli_input *input, const char *path,
                         struct cli_output *output);

enum cli_stdin {
    CLI_STDIN_WHEN_PIPED, /* if it isn't a terminal or an operand is "-" */
    CLI_STDIN_NEVER       /* "-" is refused */
};

/* Joins the operands with spaces and, as `from` says, appends a blank line and
 * standard input without its last line ends. Returns false after a complaint on
 * failure or if the prompt is empty. */
bool cli_input_prompt(struct cli_input *prompt, const char *const *operands,
                      size_t count, enum cli_stdin from,
                      struct cli_output *output);

/* Joins the operands with spaces or, if there are none but "-", reads all of
 * standard input. Returns false after a complaint. */
bool cli_input_text(struct cli_input *text, const struct cli_list *operands,
                    struct cli_output *output);

/* Turns a file into a data: URL, which the caller frees with
 * chutes_string_free(). If `where` is a URL itself, sets *url to NULL. Returns
 * false after a complaint on failure. */
bool cli_input_image(const char *where, char **url, struct cli_output *output);

#endif
