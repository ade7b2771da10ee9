/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_DECIMAL_H
#define CHUTES_JSON_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/* Numbers as they are written, for number.c and floats.c alone. */

/* ± mantissa × 10^exponent. */
struct chutes__decimal {
    uint64_t mantissa;
    int64_t exponent;
    bool negative;
    bool is_cut; /* more digits, not all 0, would follow */
};

/* Checks the grammar on the way. Returns the number's end; NULL for what is no
 * number, and for numbers with many digits, which are rare. */
const char *chutes__decimal_parse_short(const char *at, const char *end,
                                        struct chutes__decimal *decimal);

/* Any number; the reader has checked the text. */
struct chutes__decimal chutes__decimal_parse_long(struct chutes__slice text);

/* Adds what follows the `e`. NULL: no number follows, or one that is too large
 * for any use. */
const char *chutes__decimal_add_exponent(const char *at, const char *end,
                                         int64_t *exponent);

/* The magnitude of any number, in the time that it takes. */
double chutes__decimal_round_to_double(struct chutes__slice text);
float chutes__decimal_round_to_float(struct chutes__slice text);

/* The powers of ten that a product with a mantissa needs: those that a double
 * holds exactly (up to 10^22), and down to where floats become subnormal. Index
 * it with the exponent minus the least one. */
enum { CHUTES__DECIMAL_MIN_POWER = -36, CHUTES__DECIMAL_MAX_POWER = 22 };
extern const double chutes__decimal_powers[CHUTES__DECIMAL_MAX_POWER -
                                           CHUTES__DECIMAL_MIN_POWER + 1];

/* ---- eight characters at once, the first in the lowest byte -------------- */

static inline uint64_t chutes__digits_load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* How many of them, from the first on, are digits. Those are 0x30 to 0x39, and
 * adding 6 moves what is above that out of 0x30 to 0x3F. A carry only reaches
 * what follows a byte that is none. */
static inline int chutes__digits_count(uint64_t word)
{
    uint64_t others =
        ((word & 0xF0F0F0F0F0F0F0F0U) |
         ((word + 0x0606060606060606U) & 0xF0F0F0F0F0F0F0F0U) >> 4) ^
        0x3333333333333333U;

    return others == 0 ? 8 : __builtin_ctzll(others) / 8;
}

/* The number that they make; bytes of 0 count as the digit. Neighbours are
 * joined three times: to 4 × 2, 2 × 4 and 8 digits. */
static inline uint64_t chutes__digits_join(uint64_t word)
{
    word = (word & 0x0F0F0F0F0F0F0F0FU) * (10 << 8 | 1) >> 8;
    word = (word & 0x00FF00FF00FF00FFU) * (100 << 16 | 1) >> 16;
    return (word & 0x0000FFFF0000FFFFU) * (10000ULL << 32 | 1) >> 32;
}

/* The number that the first `count` of them make, which are fewer than 8. */
static inline uint64_t chutes__digits_join_first(uint64_t word, int count)
{
    /* In two steps, as a shift by 64 is undefined. */
    return chutes__digits_join(word << 8 << (56 - 8 * count));
}

#endif
