/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_DECIMAL_H
#define CHUTES_JSON_DECIMAL_H

#include <float.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/word.h"

/* Decimal numbers as they appear in the text. Only number.c and floats.c use
 * them. */

/* ± mantissa × 10^exponent. */
struct chutes__decimal {
    uint64_t mantissa;
    int64_t exponent;
    bool negative;
    bool is_cut; /* nonzero digits were left out of the mantissa */
};

/* Parses a number and checks its grammar. Returns its end, or NULL if it is not
 * a number or is one of the rare ones with too many digits. */
const char *chutes__decimal_parse_short(const char *at, const char *end,
                                        struct chutes__decimal *decimal);

/* Parses any number, whose grammar the reader has already checked. */
struct chutes__decimal chutes__decimal_parse_long(struct chutes__slice text);

/* Adds the exponent after the `e` and returns its end. Returns NULL if there is
 * none or it is too large for any double. */
const char *chutes__decimal_add_exponent(const char *at, const char *end,
                                         int64_t *exponent);

/* Converts a number of up to 19 digits, such as Python writes for a double, if
 * the machine can; otherwise returns false. */
bool chutes__decimal_to_double_by_long(const struct chutes__decimal *decimal,
                                       double *out);

/* Return the magnitude of any number, correctly rounded by strtod() or
 * strtof(). */
double chutes__decimal_round_to_double(struct chutes__slice text);
float chutes__decimal_round_to_float(struct chutes__slice text);

/* The powers of ten by which a mantissa is multiplied: from 10^22, the largest
 * that a double holds exactly, down to where floats become subnormal. The index
 * is the exponent minus CHUTES__DECIMAL_MIN_POWER. */
enum { CHUTES__DECIMAL_MIN_POWER = -36, CHUTES__DECIMAL_MAX_POWER = 22 };
extern const double chutes__decimal_powers[CHUTES__DECIMAL_MAX_POWER -
                                           CHUTES__DECIMAL_MIN_POWER + 1];

/* Converts a number for which one rounding is enough. If both factors are
 * exact, only their product is rounded, so it is correctly rounded (Clinger
 * 1990). A negative power of ten is never exact, so a negative exponent divides
 * by the positive power. Returns false for other numbers. */
static inline bool
chutes__decimal_to_double(const struct chutes__decimal *decimal, double *out)
{
    const double *powers = chutes__decimal_powers - CHUTES__DECIMAL_MIN_POWER;
    double number = (double)(int64_t)decimal->mantissa;

    if (FLT_EVAL_METHOD != 0 || decimal->is_cut ||
        decimal->mantissa > (uint64_t)1 << DBL_MANT_DIG ||
        decimal->exponent < -CHUTES__DECIMAL_MAX_POWER ||
        decimal->exponent > CHUTES__DECIMAL_MAX_POWER) {
        return false;
    }
    number = decimal->exponent < 0 ? number / powers[-decimal->exponent]
                                   : number * powers[decimal->exponent];
    *out = decimal->negative ? -number : number;
    return true;
}

/* ---- eight characters at once, the first in the lowest byte -------------- */

/* Counts the leading digits. Digits are 0x30 to 0x39; adding 6 moves 0x3A to
 * 0x3F out of 0x3_. A carry changes only bytes after a nondigit, which are not
 * counted. */
static inline int chutes__digits_count(uint64_t word)
{
    uint64_t others =
        ((word & 0xF0F0F0F0F0F0F0F0U) |
         ((word + 0x0606060606060606U) & 0xF0F0F0F0F0F0F0F0U) >> 4) ^
        0x3333333333333333U;

    return others == 0 ? 8 : __builtin_ctzll(others) / 8;
}

/* Returns the number that eight digits form; a byte of 0 counts as the digit 0.
 * Joins neighbors three times: to 4 × 2, 2 × 4 and 1 × 8 digits. */
static inline uint64_t chutes__digits_join(uint64_t word)
{
    word = (word & 0x0F0F0F0F0F0F0F0FU) * (10 << 8 | 1) >> 8;
    word = (word & 0x00FF00FF00FF00FFU) * (100 << 16 | 1) >> 16;
    return (word & 0x0000FFFF0000FFFFU) * (10000ULL << 32 | 1) >> 32;
}

/* The powers of ten from 10^0 to 10^7. */
extern const uint32_t chutes__digits_tens[8];

/* Returns the number that the first `count` digits form; `count` is below 8. */
static inline uint64_t chutes__digits_join_first(uint64_t word, int count)
{
    /* Two steps, because a shift by 64 is undefined. */
    return chutes__digits_join(word << 8 << (56 - 8 * count));
}

#endif
