/* SPDX-License-Identifier: MIT */
/* Converts JSON numbers to int64_t, double and float, exactly or correctly
 * rounded, in any locale. */
#include "json/decimal.h"
#include "json/reader.h"
#include "json/scan.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANTISSA_DIGITS = 19, /* always fit into 64 bits */
    EXACT_POWER = CHUTES__DECIMAL_MAX_POWER,
    DOUBLE_DIGITS = 768,   /* more can't change how a double is rounded */
    MAX_EXPONENT = 1000000 /* beyond any double; larger ones saturate */
};

const uint32_t chutes__digits_tens[8] = {1,     10,     100,     1000,
                                         10000, 100000, 1000000, 10000000};

static const char *add_digits(const char *at, const char *end,
                              uint64_t *mantissa)
{
    /* Often there is a single digit before the point. */
    if (end - at >= 2 && chutes__is_digit(*at) && !chutes__is_digit(at[1])) {
        *mantissa = *mantissa * 10 + (uint64_t)(*at - '0');
        return at + 1;
    }
    for (; end - at >= 8; at += 8) {
        uint64_t word = chutes__json_load_word(at);
        int count = chutes__digits_count(word);

        if (count < 8) {
            *mantissa = *mantissa * chutes__digits_tens[count] +
                        chutes__digits_join_first(word, count);
            return at + count;
        }
        *mantissa = *mantissa * 100000000 + chutes__digits_join(word);
    }
    for (; at < end && chutes__is_digit(*at); at++) {
        *mantissa = *mantissa * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

/* Counts the leading zeros of [at, end), which holds digits and maybe a
 * point. */
static ptrdiff_t count_leading_zeros(const char *at, const char *end)
{
    ptrdiff_t zeros = 0;

    for (; at < end && (*at == '0' || *at == '.'); at++) {
        zeros += *at == '0';
    }
    return zeros;
}

const char *chutes__decimal_add_exponent(const char *at, const char *end,
                                         int64_t *exponent)
{
    bool negative = at < end && *at == '-';
    int64_t number = 0;
    const char *first;

    at += at < end && (*at == '-' || *at == '+');
    for (first = at; at < end && chutes__is_digit(*at); at++) {
        number = number * 10 + (*at - '0');
        if (number > MAX_EXPONENT) {
            return NULL;
        }
    }
    *exponent += negative ? -number : number;
    return at == first ? NULL : at;
}

const char *chutes__decimal_parse_short(const char *at, const char *end,
                                        struct chutes__decimal *decimal)
{
    const char *first = at + (at < end && *at == '-');
    ptrdiff_t digits;

    *decimal = (struct chutes__decimal){0, 0, first != at, false};
    at = add_digits(first, end, &decimal->mantissa);
    digits = at - first;
    if (digits == 0 || (*first == '0' && digits > 1)) {
        return NULL;
    }
    if (at < end && *at == '.') {
        const char *fraction = at + 1;

        at = add_digits(fraction, end, &decimal->mantissa);
        decimal->exponent = fraction - at;
        digits += at - fraction;
        if (at == fraction) {
            return NULL;
        }
    }
    /* With more significant digits, the mantissa may have overflowed. */
    if (digits > MANTISSA_DIGITS &&
        digits - count_leading_zeros(first, at) > MANTISSA_DIGITS) {
        return NULL;
    }
    if (at < end && (*at | 0x20) == 'e') {
        return chutes__decimal_add_exponent(at + 1, end, &decimal->exponent);
    }
    return at;
}

static int64_t parse_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    int64_t exponent = 0;

    at += *at == '-' || *at == '+';
    for (; at < end; at++) {
        /* No text that fits in memory has enough digits to bring a larger
         * exponent back into the range of doubles. */
        if (exponent < INT64_MAX / 100) {
            exponent = exponent * 10 + (*at - '0');
        }
    }
    return negative ? -exponent : exponent;
}

struct chutes__decimal chutes__decimal_parse_long(struct chutes__slice text)
{
    struct chutes__decimal decimal = {0, 0, false, false};
    const char *at = text.data;
    const char *end = text.data + text.len;
    bool in_fraction = false;
    int digits = 0;

    decimal.negative = *at == '-';
    for (at += decimal.negative; at < end && (*at | 0x20) != 'e'; at++) {
        if (*at == '.') {
            in_fraction = true;
        } else if (digits < MANTISSA_DIGITS) {
            decimal.mantissa = decimal.mantissa * 10 + (uint64_t)(*at - '0');
            digits += decimal.mantissa != 0;
            decimal.exponent -= in_fraction;
        } else {
            decimal.is_cut = decimal.is_cut || *at != '0';
            decimal.exponent += !in_fraction;
        }
    }
    if (at < end) {
        decimal.exponent += parse_exponent(at + 1, end);
    }
    return decimal;
}

static struct chutes__decimal parse_decimal(struct chutes__slice text)
{
    const char *end = text.data + text.len;
    struct chutes__decimal decimal;

    return chutes__decimal_parse_short(text.data, end, &decimal) == end
               ? decimal
               : chutes__decimal_parse_long(text);
}

static bool apply_sign(uint64_t magnitude, bool negative, int64_t *out)
{
    /* INT64_MIN has a magnitude of INT64_MAX + 1. */
    if (magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    /* Negate as unsigned, because negating INT64_MIN would overflow. */
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

static bool is_number(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_NUMBER;
}

/* Most numbers consist of at most 18 digits, which can't overflow. */
static bool parse_natural(struct chutes__slice text, int64_t *out)
{
    const char *end = text.data + text.len;
    uint64_t number = 0;

    if (text.len > 18) {
        return false;
    }
    for (const char *at = text.data; at < end; at++) {
        unsigned digit = (unsigned)*at - '0';

        if (digit > 9) {
            return false;
        }
        number = number * 10 + digit;
    }
    *out = (int64_t)number;
    return true;
}

/* Returns true for Infinity, -Infinity and NaN, which a lenient reader accepts
 * as numbers. */
static bool is_nonfinite(struct chutes__slice text)
{
    char first = text.data[text.data[0] == '-' ? 1 : 0];

    return first == 'I' || first == 'N';
}

bool chutes__json_to_int64(const struct chutes__json_value *value, int64_t *out)
{
    struct chutes__decimal decimal;

    if (!is_number(value)) {
        return false;
    }
    if (parse_natural(value->text, out)) {
        return true;
    }
    if (is_nonfinite(value->text)) {
        return false;
    }
    decimal = parse_decimal(value->text);
    if (decimal.mantissa == 0) {
        *out = 0;
        return true;
    }
    if (decimal.is_cut) {
        return false;
    }
    /* Both loops end within 20 steps, however large the exponent is: the
     * mantissa is not 0, so it either overflows or runs out of trailing
     * zeros. */
    for (; decimal.exponent > 0; decimal.exponent--) {
        if (__builtin_mul_overflow(decimal.mantissa, 10, &decimal.mantissa)) {
            return false;
        }
    }
    for (; decimal.exponent < 0; decimal.exponent++) {
        if (decimal.mantissa % 10 != 0) {
            return false;
        }
        decimal.mantissa /= 10;
    }
    return apply_sign(decimal.mantissa, decimal.negative, out);
}

bool chutes__json_to_int64_lenient(const struct chutes__json_value *value,
                                   int64_t *out)
{
    struct chutes__json_reader reader;
    struct chutes__json_value number;

    if (value->type != CHUTES__JSON_STRING) {
        return chutes__json_to_int64(value, out);
    }
    chutes__json_init(&reader, value->text.data, value->text.len, 1);
    chutes__json_read(&reader, &number);
    return chutes__json_finish(&reader) && chutes__json_to_int64(&number, out);
}

/* A number as digits and an exponent: without a point, strtod() reads it the
 * same way in every locale. All that matters about the digits after the first
 * DOUBLE_DIGITS is whether one of them is not 0, so they are replaced by a
 * single 1, or dropped if all are 0. */
struct plain_number {
    char text[DOUBLE_DIGITS + 32];
    size_t len;
    int64_t exponent;
    bool is_cut;
};

static void add_digit(struct plain_number *number, char digit)
{
    if (number->len == 0 && digit == '0') {
        return;
    }
    if (number->len < DOUBLE_DIGITS) {
        number->text[number->len++] = digit;
        return;
    }
    number->exponent++;
    number->is_cut = number->is_cut || digit != '0';
}

static void write_exponent(struct plain_number *number)
{
    int64_t exponent = number->exponent;
    char digits[20];
    size_t count = 0;

    if (exponent > MAX_EXPONENT) {
        exponent = MAX_EXPONENT;
    } else if (exponent < -MAX_EXPONENT) {
        exponent = -MAX_EXPONENT;
    }
    number->text[number->len++] = 'e';
    number->text[number->len++] = exponent < 0 ? '-' : '+';
    for (exponent = exponent < 0 ? -exponent : exponent; exponent > 0;
         exponent /= 10) {
        digits[count++] = (char)('0' + exponent % 10);
    }
    /* A leading zero does no harm, and an exponent of 0 needs a digit. */
    number->text[number->len++] = '0';
    while (count > 0) {
        number->text[number->len++] = digits[--count];
    }
    number->text[number->len] = '\0';
}

/* Writes the magnitude of a number as digits and an exponent. */
static void write_plain(struct plain_number *number, struct chutes__slice text)
{
    const char *at = text.data + (*text.data == '-');
    const char *end = text.data + text.len;
    bool in_fraction = false;

    number->len = 0;
    number->exponent = 0;
    number->is_cut = false;
    for (; at < end && (*at | 0x20) != 'e'; at++) {
        if (*at == '.') {
            in_fraction = true;
            continue;
        }
        add_digit(number, *at);
        number->exponent -= in_fraction;
    }
    if (at < end) {
        number->exponent += parse_exponent(at + 1, end);
    }
    if (number->is_cut) {
        number->text[number->len++] = '1';
        number->exponent--;
    }
    if (number->len == 0) {
        number->text[number->len++] = '0';
    }
    write_exponent(number);
}

double chutes__decimal_round_to_double(struct chutes__slice text)
{
    struct plain_number number;

    write_plain(&number, text);
    return strtod(number.text, NULL);
}

float chutes__decimal_round_to_float(struct chutes__slice text)
{
    struct plain_number number;

    write_plain(&number, text);
    return strtof(number.text, NULL);
}

const double chutes__decimal_powers[CHUTES__DECIMAL_MAX_POWER -
                                    CHUTES__DECIMAL_MIN_POWER + 1] = {
    1e-36, 1e-35, 1e-34, 1e-33, 1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27,
    1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17,
    1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,  1e-8,  1e-7,
    1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,  1e0,   1e1,   1e2,   1e3,
    1e4,   1e5,   1e6,   1e7,   1e8,   1e9,   1e10,  1e11,  1e12,  1e13,
    1e14,  1e15,  1e16,  1e17,  1e18,  1e19,  1e20,  1e21,  1e22};

/* A long double of 64 bits holds any mantissa, and powers of ten up to 10^27,
 * exactly, so the result has been rounded once. Rounding it to a double is
 * right unless its last bits are exactly midway between two doubles: the exact
 * result may lie to either side. */
bool chutes__decimal_to_double_by_long(const struct chutes__decimal *decimal,
                                       double *out)
{
#if LDBL_MANT_DIG == 64 && FLT_EVAL_METHOD == 0
    enum { MAX_POWER = 27 };
    const uint64_t middle = UINT64_C(1) << (LDBL_MANT_DIG - DBL_MANT_DIG - 1);
    const double *powers = chutes__decimal_powers - CHUTES__DECIMAL_MIN_POWER;
    int64_t size =
        decimal->exponent < 0 ? -decimal->exponent : decimal->exponent;
    long double number = (long double)decimal->mantissa;
    long double power;
    uint64_t bits;

    if (decimal->is_cut || size > MAX_POWER) {
        return false;
    }
    power = size > EXACT_POWER ? (long double)powers[EXACT_POWER] *
                                     (long double)powers[size - EXACT_POWER]
                               : (long double)powers[size];
    number = decimal->exponent < 0 ? number / power : number * power;
    memcpy(&bits, &number, sizeof(bits));
    *out = (double)(decimal->negative ? -number : number);
    return (bits & (middle * 2 - 1)) != middle;
#else
    (void)decimal;
    (void)out;
    return false;
#endif
}

double chutes__json_number_to_double(struct chutes__slice text)
{
    struct chutes__decimal decimal = parse_decimal(text);
    double number;

    if (!chutes__decimal_to_double(&decimal, &number) &&
        !chutes__decimal_to_double_by_long(&decimal, &number)) {
        number = chutes__decimal_round_to_double(text);
        number = decimal.negative ? -number : number;
    }
    return number;
}

bool chutes__json_to_double(const struct chutes__json_value *value, double *out)
{
    double magnitude;

    if (!is_number(value)) {
        return false;
    }
    if (is_nonfinite(value->text)) {
        magnitude = value->text.data[0] == 'N' ? (double)NAN : (double)INFINITY;
        *out = value->text.data[0] == '-' ? -magnitude : magnitude;
        return true;
    }
    *out = chutes__json_number_to_double(value->text);
    return true;
}
