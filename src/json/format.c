/* SPDX-License-Identifier: MIT */
/* Writes doubles with the fewest digits that read back as the same number.
 * Relies on the C library to round correctly in both directions. */
#include "json/format.h"

#include "base/slice.h"

#include <math.h>
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

/* Without a point, strtod() reads a number alike in every locale. */
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
    /* Trying each count is slow, but a request holds only a few doubles. */
    do {
        round_to(&digits, magnitude, ++count);
    } while (count < MAX_DIGITS && read_back(&digits) != magnitude);
    if (number < 0) {
        *out++ = '-';
        size--;
    }
    /* The limits between which JavaScript writes no exponent. */
    if (digits.exponent >= 21 || digits.exponent < -6) {
        write_scientific(out, size, &digits);
    } else if (digits.exponent >= 0) {
        write_large(out, size, &digits);
    } else {
        write_small(out, size, &digits);
    }
}
