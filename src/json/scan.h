/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_SCAN_H
#define CHUTES_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/reader.h"

/*
 * What the files of the reader share. Nothing here reads at or behind `end`.
 */

/* Records the first fault and ends the reading; always false. */
bool chutes__json_fail(struct chutes__json_reader *reader, const char *at,
                       const char *reason);

/* Returns the end of the number that starts at `at`, or NULL when it is not
 * one; *fault then points at the byte that is wrong. */
const char *chutes__json_scan_number(const char *at, const char *end,
                                     const char **fault);

static inline bool chutes__json_is_special(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

/* Is one of the eight bytes a quote, a backslash, a control character? See
 * "Bit Twiddling Hacks", "Determine if a word has a zero byte". */
static inline bool chutes__json_has_special(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U;
    uint64_t quote = word ^ ones * '"';
    uint64_t backslash = word ^ ones * '\\';

    return ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
             ((word - ones * 0x20) & ~word)) &
            ones * 0x80) != 0;
}

/* Both find the first byte of a string that is not plain text: a quote, a
 * backslash or a control character; `end` when there is none. Bytes before it
 * that are not ASCII leave bits in *high. */
static inline const char *
chutes__json_find_special_swar(const char *at, const char *end, uint64_t *high)
{
    while (end - at >= 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        if (chutes__json_has_special(word)) {
            break;
        }
        *high |= word & 0x8080808080808080U;
        at += 8;
    }
    while (at < end && !chutes__json_is_special(*at)) {
        *high |= (unsigned char)*at & 0x80U;
        at++;
    }
    return at;
}

#ifdef __SSE2__
static inline const char *
chutes__json_find_special_sse2(const char *at, const char *end, uint64_t *high)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);

    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)at);
        __m128i hits =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
                                      _mm_cmpeq_epi8(bytes, backslash)),
                         _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned special = (unsigned)_mm_movemask_epi8(hits);
        unsigned top = (unsigned)_mm_movemask_epi8(bytes);

        if (special != 0) {
            /* Only the bytes before the first hit count. */
            *high |= top & (special ^ (special - 1)) >> 1;
            return at + __builtin_ctz(special);
        }
        *high |= top;
        at += 16;
    }
    return chutes__json_find_special_swar(at, end, high);
}
#define chutes__json_find_special chutes__json_find_special_sse2
#else
#define chutes__json_find_special chutes__json_find_special_swar
#endif

#endif
