/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_SLICE_H
#define CHUTES_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Borrowed bytes; not NUL-terminated. */
struct chutes__slice {
    const char *data;
    size_t len;
};

/* Looks at no more of the text than the slice is long. */
static inline bool chutes__slice_is(struct chutes__slice slice,
                                    const char *text)
{
    return strnlen(text, slice.len + 1) == slice.len &&
           memcmp(slice.data, text, slice.len) == 0;
}

#endif
