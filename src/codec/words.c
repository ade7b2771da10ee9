/* SPDX-License-Identifier: MIT */
#include "codec/words.h"

#include <stdbool.h>

static bool starts_with(const char *text, const char *needle, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        char c = text[i];

        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        }
        if (c != needle[i]) {
            return false;
        }
    }
    return true;
}

const char *chutes__words_find(const char *text, size_t len, const char *needle)
{
    size_t needle_len = strlen(needle);
    size_t i;

    for (i = 0; needle_len <= len && i <= len - needle_len; i++) {
        if (starts_with(text + i, needle, needle_len)) {
            return text + i;
        }
    }
    return NULL;
}
