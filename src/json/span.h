/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_SPAN_H
#define CHUTES_JSON_SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/*
 * Finds where an object or array ends, while its text arrives piece by piece.
 * Each byte is read once, however many pieces there are. Only brackets, quotes
 * and backslashes count, so the text may still be invalid. A zeroed struct
 * stands before the first bracket.
 */
struct chutes__json_span {
    size_t depth;    /* how many brackets are open */
    bool is_string;  /* within a string */
    bool is_escaped; /* the last byte was the backslash of an escape */
    bool is_over;    /* the last bracket was closed */
};

/* Returns how many bytes of the piece belong to the text: all of them, unless
 * is_over is set now. Don't call this after that. */
size_t chutes__json_span_grow(struct chutes__json_span *span,
                              struct chutes__slice piece);

#endif
