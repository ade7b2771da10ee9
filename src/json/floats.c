/* SPDX-License-Identifier: MIT */
/* Arrays of numbers, which are the vectors of embeddings, and single numbers of
 * the same kind, such as log probabilities. Nearly all numbers look like
 * -0.0123: one digit, a point and up to 23 digits. These common numbers are
 * read eight digits at a time, without a branch per digit. The functions of
 * number.c read all others. */
#include "json/decimal.h"
#include "json/reader.h"
#include "json/scan.h"

#include <float.h>
#include <math.h>

/* Between these exponents, a nonzero product is a normal float: the smallest
 * normal float is about 1.2 × 10^-38. */
enum { MIN_EXPONENT = CHUTES__DECIMAL_MIN_POWER, MAX_EXPONENT = 8 };

/* The mantissa, the power and their product are each rounded, so `magnitude` is
 * off by less than 4 units in the last place. It rounds to the right float
 * unless it is that close to the middle between two floats, or near the largest
 * float. Returns false in these cases. */
static inline bool round_to_float(double magnitude, float *out)
{
    const uint64_t middle = (uint64_t)1 << (DBL_MANT_DIG - FLT_MANT_DIG - 1);
    uint64_t bits;

    memcpy(&bits, &magnitude, sizeof(bits));
    bits &= middle * 2 - 1;
    if ((bits > middle - 4 && bits < middle + 4) || magnitude > 1e38) {
        return false;
    }
    *out = (float)magnitude;
    return true;
}

/* The fast path needs double arithmetic that rounds to double. Where
 * FLT_EVAL_METHOD is not 0 (x87), products have more bits and would be rounded
 * twice. */
static inline float to_float(const struct chutes__decimal *decimal,
                             struct chutes__slice text)
{
    float rounded;

    if (FLT_EVAL_METHOD != 0 || decimal->is_cut ||
        decimal->exponent < MIN_EXPONENT || decimal->exponent > MAX_EXPONENT ||
        !round_to_float(
            (double)decimal->mantissa *
                chutes__decimal_powers[decimal->exponent - MIN_EXPONENT],
            &rounded)) {
        rounded = chutes__decimal_round_to_float(text);
    }
    return decimal->negative ? -rounded : rounded;
}

/* ---- common numbers ------------------------------------------------------ */

/* A number with this many bytes left in the text is read without further bounds
 * checks: sign, digit and point, three words of fraction, and a word and a byte
 * to spare. */
enum { COMMON_ROOM = 1 + 2 + 24 + 8 + 1 };

/* A mantissa of at most MAX_MANTISSAS[i] still fits into int64_t with i more
 * digits. A value in that range converts to a double faster. */
static const uint64_t MAX_MANTISSAS[8] = {
    INT64_MAX,           INT64_MAX / 20,      INT64_MAX / 200,
    INT64_MAX / 2000,    INT64_MAX / 20000,   INT64_MAX / 200000,
    INT64_MAX / 2000000, INT64_MAX / 20000000};

/* Reads the digits after the point. Returns NULL if there are none or too
 * many. */
static inline const char *add_fraction(const char *at,
                                       struct chutes__decimal *decimal)
{
    const char *first = at;
    uint64_t mantissa = decimal->mantissa;
    uint64_t word = chutes__json_load_word(at);
    int count = chutes__digits_count(word);

    for (int i = 0; i < 2 && count == 8; i++) {
        mantissa = mantissa * 100000000 + chutes__digits_join(word);
        at += 8;
        word = chutes__json_load_word(at);
        count = chutes__digits_count(word);
    }
    if (count == 8 || mantissa > MAX_MANTISSAS[count] || at + count == first) {
        return NULL;
    }
    decimal->mantissa = mantissa * chutes__digits_tens[count] +
                        chutes__digits_join_first(word, count);
    at += count;
    decimal->exponent = first - at;
    return at;
}

/* Returns the end of a common number, or the start of its exponent. Returns
 * NULL for any other number. */
static inline const char *parse_plain(const char *at, const char *end,
                                      struct chutes__decimal *decimal)
{
    if (end - at < COMMON_ROOM) {
        return NULL;
    }
    decimal->negative = *at == '-';
    at += decimal->negative;
    if (!chutes__is_digit(*at) || at[1] != '.') {
        return NULL;
    }
    decimal->mantissa = (uint64_t)(*at - '0');
    decimal->is_cut = false;
    return add_fraction(at + 2, decimal);
}

static inline bool has_exponent(const char *at)
{
    return (*at | 0x20) == 'e';
}

static inline const char *parse_common(const char *at, const char *end,
                                       struct chutes__decimal *decimal)
{
    at = parse_plain(at, end, decimal);
    if (at != NULL && has_exponent(at)) {
        return chutes__decimal_add_exponent(at + 1, end, &decimal->exponent);
    }
    return at;
}

/* Not inlined: that would slow down the loop for arrays without blanks. */
CHUTES__JSON_COLD const char *skip_blanks(const char *at, const char *end)
{
    return chutes__json_skip_blanks(at, end);
}

/* Consumes elements up to the first that is not a common number. Returns false
 * if that is the next element, which the caller must read. */
static bool read_common(struct chutes__json_reader *reader, float *out,
                        size_t capacity, size_t *count)
{
    const char *begin = reader->at;
    struct chutes__decimal decimal;
    const char *end;

    while (*count < capacity &&
           (end = parse_common(begin, reader->end, &decimal)) != NULL) {
        out[*count] = to_float(
            &decimal, (struct chutes__slice){begin, (size_t)(end - begin)});
        ++*count;
        reader->at = end;
        /* The caller's chutes__json_next_element() checks what else follows. */
        if (end == reader->end || *end != ',') {
            return true;
        }
        begin = end + 1;
        if (begin < reader->end && *begin <= ' ') {
            begin = skip_blanks(begin, reader->end);
        }
    }
    return reader->at != begin;
}

/* Not inlined, because its registers would slow down the common numbers. */
CHUTES__JSON_COLD const char *scan_other(const char *at, const char *end,
                                         double *number)
{
    struct chutes__decimal decimal;
    const char *behind = chutes__decimal_parse_short(at, end, &decimal);

    return behind != NULL && behind < end &&
                   (chutes__decimal_to_double(&decimal, number) ||
                    chutes__decimal_to_double_by_long(&decimal, number))
               ? behind
               : NULL;
}

const char *chutes__json_scan_double(const char *at, const char *end,
                                     double *number)
{
    struct chutes__decimal decimal;
    const char *behind = parse_plain(at, end, &decimal);

    return behind != NULL && !has_exponent(behind) &&
                   chutes__decimal_to_double(&decimal, number)
               ? behind
               : scan_other(at, end, number);
}

/* ---- any number ---------------------------------------------------------- */

/* Consumes the next element. Records a fault and returns false if it is not a
 * number. */
static bool read_float(struct chutes__json_reader *reader, float *out)
{
    const char *begin = reader->at;
    struct chutes__json_value value;
    struct chutes__decimal decimal;
    const char *end = chutes__decimal_parse_short(begin, reader->end, &decimal);

    if (end != NULL) {
        value.text = (struct chutes__slice){begin, (size_t)(end - begin)};
        reader->at = end;
    } else {
        chutes__json_read(reader, &value);
        if (value.type != CHUTES__JSON_NUMBER) {
            chutes__json_fail(reader, begin, "not a number");
            return false;
        }
        /* NaN and Infinity, which a lenient reader accepts. */
        if (!chutes__is_digit(value.text.data[value.text.len - 1])) {
            *out = NAN;
            return true;
        }
        decimal = chutes__decimal_parse_long(value.text);
    }
    *out = to_float(&decimal, value.text);
    return true;
}

bool chutes__json_read_floats(struct chutes__json_reader *reader, float *out,
                              size_t capacity, size_t *count)
{
    *count = 0;
    while (chutes__json_next_element(reader)) {
        if (*count == capacity) {
            chutes__json_fail(reader, reader->at, "too many numbers");
            return false;
        }
        if (read_common(reader, out, capacity, count)) {
            continue;
        }
        if (!read_float(reader, out + *count)) {
            return false;
        }
        ++*count;
    }
    return reader->fault == NULL;
}
