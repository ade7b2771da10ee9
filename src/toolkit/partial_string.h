/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_PARTIAL_STRING_H
#define CHUTES_TOOLKIT_PARTIAL_STRING_H

#include "base/buf.h"
#include "json/reader.h"

enum { CHUTES__LONG_ESCAPE = 6 }; /* such as \u00e9 */

/* The unfinished end of the last piece of a string, and any failure. All zero
 * before the first string. */
struct chutes__partial_string {
    struct chutes__json_half half;
    char escape[CHUTES__LONG_ESCAPE];
    size_t escape_len;
    const char *fault;    /* why a byte is invalid, or NULL */
    chutes_status status; /* CHUTES_OK or CHUTES_ERR_NO_MEMORY */
};

/* Decodes what there is of a string, from behind its opening quote or from
 * where the last piece ended, and appends it. Characters that are not complete
 * are left for the next piece. Returns the closing quote, `end`, or the invalid
 * byte if there is a fault. */
const char *chutes__partial_string_read(struct chutes__partial_string *string,
                                        const char *at, const char *end,
                                        struct chutes__buf *to);

#endif
