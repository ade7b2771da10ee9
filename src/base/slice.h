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

static inline bool chutes__slice_is(struct chutes__slice slice,
                                    const char *literal)
{
    size_t len = strlen(literal);

    return slice.len == len && memcmp(slice.data, literal, len) == 0;
}

#endif
