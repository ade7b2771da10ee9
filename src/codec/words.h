/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_WORDS_H
#define CHUTES_CODEC_WORDS_H

#include <stddef.h>
#include <string.h>

#include "base/slice.h"

/* Without white space, other control bytes and a BOM at its ends. */
static inline struct chutes__slice chutes__words_trim(const char *text,
                                                      size_t len)
{
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    while (len > 0 && (unsigned char)text[0] <= ' ') {
        text++;
        len--;
    }
    while (len > 0 && (unsigned char)text[len - 1] <= ' ') {
        len--;
    }
    return (struct chutes__slice){text, len};
}

/* Where `needle`, in lower case, is in the text, without regard to the case of
 * ASCII letters and to the locale; NULL when it isn't. */
const char *chutes__words_find(const char *text, size_t len,
                               const char *needle);

#endif
