/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_WORD_H
#define CHUTES_JSON_WORD_H

#include <stdint.h>
#include <string.h>

/* Loads eight bytes, the first into the lowest byte of the word. */
static inline uint64_t chutes__json_load_word(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#endif
