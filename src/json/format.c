/* SPDX-License-Identifier: MIT */
/* Writes doubles with the fewest digits that read back as the same number.
 * Relies on the C library to round correctly in both directions. */
#include "json/format.h"

#include "base/slice.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIGITS = 17 };

/* d.ddd × 10^exponent */
struct digits {
    char text[MAX_DIGITS + 1];
    int count;
    int exponent;
};

/* Rounds to `count` digits. Skips the locale's decimal point, which may have
 * several bytes. */
static void round_to(struct digits *digits, double magnitude, int count)
{
    char text[64];
    const char *at = text;

    snprintf(text, sizeof(text), "%.*e", count - 1, magnitude);
    digits->count = 0;
    for (; *at != 'e'; at++) {
        if (chutes__is_digit(*at)) {
            digits->text[digits->count++] = *at;
        }
    }
    digits->text[digits->count] = '\0';
    digits->exponent = (int)strtol(at + 1, NULL, 10);
}

/* Without a point, strtod() reads a number the same way in every locale. */
static double read_back(const struct digits *digits)
{
    char text[64];

    snprintf(text, sizeof(text), "%se%d", digits->text,
             digits->exponent - (digits->count - 1));
    return strtod(text, NULL);
}

static void write_scientific(char *out, size_t size,
                             const struct digits *digits)
{
    snprintf(out, size, "%c%s%se%d", digits->text[0],
             digits->count > 1 ? "." : "", digits->text + 1, digits->exponent);
}

/* The decimal point lies within the digits or after them. */
static void write_large(char *out, size_t size, const struct digits *digits)
{
    int whole = digits->exponent + 1;
    int zeros = whole > digits->count ? whole - digits->count : 0;

    if (whole < digits->count) {
        snprintf(out, size, "%.*s.%s", whole, digits->text,
                 digits->text + whole);
    } else {
        snprintf(out, size, "%s%.*s", digits->text, zeros,
                 "000000000000000000000");
    }
}

static void write_small(char *out, size_t size, const struct digits *digits)
{
    snprintf(out, size, "0.%.*s%s", -digits->exponent - 1, "000000",
             digits->text);
}

char *chutes__json_format_int(char out[CHUTES__JSON_INT_SIZE], int64_t number)
{
    /* Negating INT64_MIN would overflow. */
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char reversed[CHUTES__JSON_INT_SIZE];
    int count = 0;

    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        *out++ = '-';
    }
    while (count > 0) {
        *out++ = reversed[--count];
    }
    *out = '\0';
    return out;
}

/* Writes a magnitude that is a whole number of thousandths, as most parameters
 * are. Returns false for any other. These decimals have at most 15 digits, so
 * no shorter one reads back as the same double. */
static bool write_thousandths(char *out, double magnitude)
{
    const double limit = 1e12;
    int64_t count = magnitude < limit ? (int64_t)(magnitude * 1000 + 0.5) : 0;
    int64_t rest = count % 1000;

    /* Division is correctly rounded, as reading the decimal would be. */
    if (count == 0 || (double)count / 1000 != magnitude) {
        return false;
    }
    out = chutes__json_format_int(out, count / 1000);
    if (rest > 0) {
        *out++ = '.';
    }
    for (int64_t unit = 100; rest > 0; unit /= 10) {
        *out++ = (char)('0' + rest / unit);
        rest %= unit;
    }
    *out = '\0';
    return true;
}

void chutes__json_format_double(char out[CHUTES__JSON_DOUBLE_SIZE],
                                double number)
{
    double magnitude = fabs(number);
    size_t size = CHUTES__JSON_DOUBLE_SIZE;
    struct digits digits;
    int count = 0;

    if (number == 0) {
        memcpy(out, signbit(number) ? "-0.0" : "0", signbit(number) ? 5 : 2);
        return;
    }
    if (number < 0) {
        *out++ = '-';
        size--;
    }
    if (write_thousandths(out, magnitude)) {
        return;
    }
    /* Trying each count is slow, but a request holds only a few doubles. */
    do {
        round_to(&digits, magnitude, ++count);
    } while (count < MAX_DIGITS && read_back(&digits) != magnitude);
    /* Within these limits, JavaScript writes no exponent. */
    if (digits.exponent >= 21 || digits.exponent < -6) {
        write_scientific(out, size, &digits);
    } else if (digits.exponent >= 0) {
        write_large(out, size, &digits);
    } else {
        write_small(out, size, &digits);
    }
}
