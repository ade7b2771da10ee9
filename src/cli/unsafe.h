/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLI_UNSAFE_H
#define CHUTES_CLI_UNSAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character that must not reach a terminal, because the terminal would obey
 * it or show the text in another order: a control character, one of Unicode's
 * bidirectional controls, or a byte that is not UTF-8. */
struct cli_unsafe {
    size_t at;
    size_t len;
    uint32_t code; /* the code point; the byte when it is not UTF-8 */
    bool is_utf8;
};

/* Finds the first one. Newline, tab and a carriage return before a newline are
 * safe. Returns false, with found->at == len, if there is none. */
bool cli_unsafe_find(const char *text, size_t len, struct cli_unsafe *found);

#endif
