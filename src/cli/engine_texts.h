/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_ENGINE_TEXTS_H
#define CHUTES_CLI_ENGINE_TEXTS_H

#include "cli/input.h"
#include "cli/options.h"
#include "cli/output.h"

/* The texts that a command sends in one request: operands, or the lines of
 * standard input. */
struct cli_engine_texts {
    const char **items;
    size_t count;
    struct cli_input input; /* holds the lines */
};

/* Takes the operands from `first` on. If there are none, or only "-", reads
 * standard input and leaves out empty lines. Returns false after a complaint if
 * there is no text, or if standard input can't be read. */
bool cli_engine_texts_read(struct cli_engine_texts *texts,
                           const struct cli_list *operands, size_t first,
                           struct cli_output *output);
void cli_engine_texts_dispose(struct cli_engine_texts *texts);

#endif
