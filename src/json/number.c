/* SPDX-License-Identifier: MIT */
#include "json/reader.h"
#include "json/scan.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANTISSA_DIGITS = 19,  /* as many as always fit into 64 bits */
    DOUBLE_DIGITS = 768,   /* as many as can decide how a double is rounded */
    EXACT_POWER = 22,      /* 10^22 is the largest power that is a double */
    EXPONENT_MAX = 1000000 /* enough for any double; the rest is saturated */
};

/* ± mantissa × 10^exponent. */
struct decimal {
    uint64_t mantissa;
    int64_t exponent;
    bool negative;
    bool is_cut; /* more digits, not all 0, would follow */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Eight characters at once, the first in the lowest byte. */
static uint64_t load_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* All of them digits: '0' to '9' are 0x30 to 0x39, and adding 6 moves what is
 * above that out of 0x30 to 0x3F. */
static bool is_eight_digits(uint64_t word)
{
    return ((word & 0xF0F0F0F0F0F0F0F0U) |
            ((word + 0x0606060606060606U) & 0xF0F0F0F0F0F0F0F0U) >> 4) ==
           0x3333333333333333U;
}

/* Neighbours are joined three times: to 4 × 2, 2 × 4 and 8 digits. */
static uint64_t join_eight_digits(uint64_t word)
{
    word = (word & 0x0F0F0F0F0F0F0F0FU) * (10 << 8 | 1) >> 8;
    word = (word & 0x00FF00FF00FF00FFU) * (100 << 16 | 1) >> 16;
    return (word & 0x0000FFFF0000FFFFU) * (10000ULL << 32 | 1) >> 32;
}

static const char *add_digits(const char *at, const char *end,
                              uint64_t *mantissa)
{
    while (end - at >= 8 && is_eight_digits(load_word(at))) {
        *mantissa = *mantissa * 100000000 + join_eight_digits(load_word(at));
        at += 8;
    }
    for (; at < end && is_digit(*at); at++) {
        *mantissa = *mantissa * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

/* Of [at, end), digits and perhaps a point. */
static ptrdiff_t count_leading_zeros(const char *at, const char *end)
{
    ptrdiff_t zeros = 0;

    for (; at < end && (*at == '0' || *at == '.'); at++) {
        zeros += *at == '0';
    }
    return zeros;
}

static const char *add_exponent(const char *at, const char *end,
                                int64_t *exponent)
{
    bool negative = at < end && *at == '-';
    int64_t number = 0;
    const char *first;

    at += at < end && (*at == '-' || *at == '+');
    for (first = at; at < end && is_digit(*at); at++) {
        number = number * 10 + (*at - '0');
        if (number > EXPONENT_MAX) {
            return NULL;
        }
    }
    *exponent += negative ? -number : number;
    return at == first ? NULL : at;
}

/* Checks the grammar on the way. Returns the number's end; NULL for what is no
 * number, and for numbers with many digits, which are rare. */
static const char *parse_short(const char *at, const char *end,
                               struct decimal *decimal)
{
    const char *first = at + (at < end && *at == '-');
    ptrdiff_t digits;

    *decimal = (struct decimal){0, 0, first != at, false};
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
    /* Beyond that the mantissa has overflowed. */
    if (digits > MANTISSA_DIGITS &&
        digits - count_leading_zeros(first, at) > MANTISSA_DIGITS) {
        return NULL;
    }
    if (at < end && (*at | 0x20) == 'e') {
        return add_exponent(at + 1, end, &decimal->exponent);
    }
    return at;
}

static int64_t parse_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    int64_t exponent = 0;

    at += *at == '-' || *at == '+';
    for (; at < end; at++) {
        /* Beyond this no text that fits in memory comes back into range. */
        if (exponent < INT64_MAX / 100) {
            exponent = exponent * 10 + (*at - '0');
        }
    }
    return negative ? -exponent : exponent;
}

/* Any number; the reader has checked the text. */
static struct decimal parse_long(struct chutes__slice text)
{
    struct decimal decimal = {0, 0, false, false};
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

static struct decimal parse_decimal(struct chutes__slice text)
{
    const char *end = text.data + text.len;
    struct decimal decimal;

    return parse_short(text.data, end, &decimal) == end ? decimal
                                                        : parse_long(text);
}

static bool apply_sign(uint64_t magnitude, bool negative, int64_t *out)
{
    if (magnitude > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    /* In unsigned arithmetic, as -INT64_MIN is no int64. */
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

static bool is_number(const struct chutes__json_value *value)
{
    return value->type == CHUTES__JSON_NUMBER;
}

/* Most numbers are: up to 18 digits and nothing else, so nothing overflows. */
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

/* What a lenient reader takes for a number besides: in front of all digits is
 * a letter. */
static bool is_nonfinite(struct chutes__slice text)
{
    char first = text.data[text.data[0] == '-' ? 1 : 0];

    return first == 'I' || first == 'N';
}

bool chutes__json_to_int64(const struct chutes__json_value *value, int64_t *out)
{
    struct decimal decimal;

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

/* A number without a point means the same to strtod() in every locale. Digits
 * that can't decide the rounding any more are replaced by a single one, as only
 * whether they are all 0 counts. */
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

    if (exponent > EXPONENT_MAX) {
        exponent = EXPONENT_MAX;
    } else if (exponent < -EXPONENT_MAX) {
        exponent = -EXPONENT_MAX;
    }
    number->text[number->len++] = 'e';
    number->text[number->len++] = exponent < 0 ? '-' : '+';
    for (exponent = exponent < 0 ? -exponent : exponent; exponent > 0;
         exponent /= 10) {
        digits[count++] = (char)('0' + exponent % 10);
    }
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

static const double POWERS[EXACT_POWER + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* With both factors exact there is one rounding, which is the right one
 * (Clinger 1990). */
static bool scale(const struct decimal *decimal, double *out)
{
    double mantissa = (double)decimal->mantissa;

    if (FLT_EVAL_METHOD != 0 || decimal->is_cut ||
        decimal->exponent < -EXACT_POWER || decimal->exponent > EXACT_POWER) {
        return false;
    }
    *out = decimal->exponent < 0 ? mantissa / POWERS[-decimal->exponent]
                                 : mantissa * POWERS[decimal->exponent];
    return true;
}

bool chutes__json_to_double(const struct chutes__json_value *value, double *out)
{
    struct plain_number number;
    struct decimal decimal;
    double magnitude;

    if (!is_number(value)) {
        return false;
    }
    if (is_nonfinite(value->text)) {
        magnitude = value->text.data[0] == 'N' ? (double)NAN : (double)INFINITY;
        *out = value->text.data[0] == '-' ? -magnitude : magnitude;
        return true;
    }
    decimal = parse_decimal(value->text);
    if (decimal.mantissa > (uint64_t)1 << DBL_MANT_DIG ||
        !scale(&decimal, &magnitude)) {
        write_plain(&number, value->text);
        magnitude = strtod(number.text, NULL);
    }
    *out = decimal.negative ? -magnitude : magnitude;
    return true;
}

/* A mantissa of 19 digits makes a double that is off by less than 2 units in
 * the last place. That rounds to the right float unless it lies that close to
 * the middle between two floats, or near the largest. Scaled numbers are never
 * so small that a float has fewer digits. */
static bool round_to_float(double magnitude, float *out)
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

static float to_float(const struct decimal *decimal, struct chutes__slice text)
{
    struct plain_number number;
    double magnitude;
    float rounded;

    if (!scale(decimal, &magnitude) || !round_to_float(magnitude, &rounded)) {
        write_plain(&number, text);
        rounded = strtof(number.text, NULL);
    }
    return decimal->negative ? -rounded : rounded;
}

/* Consumes the next element; false, with a fault, when it is no number. */
static bool read_float(struct chutes__json_reader *reader, float *out)
{
    const char *begin = reader->at;
    struct chutes__json_value value;
    struct decimal decimal;
    const char *end = parse_short(begin, reader->end, &decimal);

    if (end != NULL) {
        value.text = (struct chutes__slice){begin, (size_t)(end - begin)};
        reader->at = end;
    } else {
        chutes__json_read(reader, &value);
        if (!is_number(&value)) {
            chutes__json_fail(reader, begin, "not a number");
            return false;
        }
        decimal = parse_long(value.text);
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
        if (!read_float(reader, out + *count)) {
            return false;
        }
        ++*count;
    }
    return reader->fault == NULL;
}
