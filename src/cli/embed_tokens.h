/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_EMBED_TOKENS_H
#define CHUTES_CLI_EMBED_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/chutes.h>

/* Reads token ids: numbers with a comma or blanks between them, also in
 * brackets, so that it reads JSON and what `chutes tokenize` prints. Sets
 * tokens->ids, which the caller frees with free(). Otherwise returns false,
 * with the first byte that is wrong in *fault_at. */
bool cli_tokens_read(const char *text, size_t len, chutes_tokens *tokens,
                     size_t *fault_at);

#endif
