/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_BLOCK_H
#define CHUTES_JSON_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json/word.h"

/*
 * Finds special bytes, many at a time. A byte is special if it ends a run of
 * plain text in a JSON string: a quote, a backslash, a control character or a
 * non-ASCII byte.
 */

/* Returns a word in which the top bit of each special byte is set. The top bits
 * are masked before each addition, so nothing carries into the next byte. */
static inline uint64_t chutes__json_flag_word(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t low = ones * 0x7F;
    uint64_t quotes = word ^ ones * '"';
    uint64_t backslashes = word ^ ones * '\\';

    quotes = ((quotes & low) + low) | quotes;
    backslashes = ((backslashes & low) + low) | backslashes;
    /* Adding 0x60 to a byte below 0x80 leaves the top bit clear only if the
     * byte is below 0x20, which is a control character. */
    return (~(quotes & backslashes & ((word & low) + ones * 0x60)) | word) &
           ones * 0x80;
}

/*
 * A block is what the machine examines at once. In its flags, byte i has
 * CHUTES__JSON_FLAG_STEP bits, from bit i * CHUTES__JSON_FLAG_STEP on; if it is
 * special, one of them is set.
 */
#ifdef __SSE2__
enum { CHUTES__JSON_BLOCK = 16, CHUTES__JSON_FLAG_STEP = 1 };

static inline __m128i chutes__json_match(__m128i block, __m128i controls)
{
    __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));

    return _mm_or_si128(_mm_or_si128(quotes, backslashes), controls);
}

static inline uint64_t chutes__json_flag_special(const char *bytes)
{
    __m128i block = _mm_loadu_si128((const void *)bytes);
    /* The comparison is signed, so bytes from 0x80 on also match. */
    __m128i others = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));

    return (unsigned)_mm_movemask_epi8(chutes__json_match(block, others));
}

/* Flags the special bytes that are ASCII. */
static inline uint64_t chutes__json_flag_escapes(const char *bytes)
{
    __m128i block = _mm_loadu_si128((const void *)bytes);
    /* There is no unsigned comparison. */
    __m128i controls =
        _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);

    return (unsigned)_mm_movemask_epi8(chutes__json_match(block, controls));
}
#else
enum { CHUTES__JSON_BLOCK = 8, CHUTES__JSON_FLAG_STEP = 8 };

static inline uint64_t chutes__json_flag_special(const char *bytes)
{
    return chutes__json_flag_word(chutes__json_load_word(bytes));
}

static inline uint64_t chutes__json_flag_escapes(const char *bytes)
{
    uint64_t word = chutes__json_load_word(bytes);

    return chutes__json_flag_word(word) & ~word;
}
#endif

/* Returns the index of the first flagged byte; there must be one. */
static inline size_t chutes__json_first_flagged(uint64_t flags)
{
    return (size_t)__builtin_ctzll(flags) / CHUTES__JSON_FLAG_STEP;
}

/* Returns the closing quote of a string that is ASCII without escapes; `at` is
 * just after its opening quote. Returns NULL for any other string, or if the
 * closing quote is missing or close to `end`. */
static inline const char *chutes__json_scan_ascii(const char *at,
                                                  const char *end)
{
    while (end - at >= CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_special(at);

        if (flags != 0) {
            at += chutes__json_first_flagged(flags);
            return *at == '"' ? at : NULL;
        }
        at += CHUTES__JSON_BLOCK;
    }
    return NULL;
}

/* True for the second character of an escape that has two. In scan.c. */
extern const bool chutes__json_simple_escapes[256];

/* Does the same for a string that may also have escapes of two characters. */
static inline const char *chutes__json_scan_simple(const char *at,
                                                   const char *end)
{
    while (end - at >= CHUTES__JSON_BLOCK) {
        uint64_t flags = chutes__json_flag_special(at);

        if (flags == 0) {
            at += CHUTES__JSON_BLOCK;
            continue;
        }
        at += chutes__json_first_flagged(flags);
        if (*at == '"') {
            return at;
        }
        if (*at != '\\' || end - at < 2 ||
            !chutes__json_simple_escapes[(unsigned char)at[1]]) {
            return NULL;
        }
        at += 2;
    }
    return NULL;
}

#endif
