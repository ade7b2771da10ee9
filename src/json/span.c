/* SPDX-License-Identifier: MIT */
/* Follows the brackets of an object or array from piece to piece. */
#include "json/span.h"

#include <string.h>

/* Returns true if the byte at `at` is escaped: an odd number of backslashes
 * precedes it. `is_escaped` says whether that holds for the byte at `begin`. */
static bool is_escaped_at(const char *begin, const char *at, bool is_escaped)
{
    bool is_odd = false;

    while (at > begin && at[-1] == '\\') {
        at--;
        is_odd = !is_odd;
    }
    return at == begin ? is_odd != is_escaped : is_odd;
}

/* Returns the position after the string's closing quote, or `end`. */
static const char *skip_string(struct chutes__json_span *span, const char *at,
                               const char *end)
{
    while (span->is_string && at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        const char *stop = quote != NULL ? quote : end;

        span->is_escaped = is_escaped_at(at, stop, span->is_escaped);
        at = stop;
        if (quote != NULL) {
            span->is_string = span->is_escaped;
            span->is_escaped = false;
            at++;
        }
    }
    return at;
}

size_t chutes__json_span_grow(struct chutes__json_span *span,
                              struct chutes__slice piece)
{
    const char *at = piece.data;
    const char *end = at + piece.len;

    while (at < end && !span->is_over) {
        if (span->is_string) {
            at = skip_string(span, at, end);
            continue;
        }
        if (*at == '"') {
            span->is_string = true;
        } else if (*at == '{' || *at == '[') {
            span->depth++;
        } else if (*at == '}' || *at == ']') {
            span->is_over = --span->depth == 0;
        }
        at++;
    }
    return (size_t)(at - piece.data);
}
