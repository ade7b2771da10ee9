/* SPDX-License-Identifier: MIT */
/* Prints floats faster than printf does, because vectors have thousands of
 * them. */
#include "cli/float_text.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nine digits are enough for every float to read back as the same number. */
enum { MIN_DIGITS = 6, MAX_DIGITS = 9 };

/* Vectors consist of numbers in this range, which "%g" prints without an
 * exponent. */
static const float MIN_SIMPLE = 1e-4F;
static const float MAX_SIMPLE = 1e5F; /* exclusive */

/* These powers of ten, and mantissas of nine digits, are exact doubles. */
static const double TENS[] = {1e0, 1e1, 1e2, 1e3,  1e4,  1e5,  1e6,
                              1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13};

/* Returns how many digits to print after the point, so that `digits` of all are
 * significant. */
static int count_places(float magnitude, int digits)
{
    int places = digits - 1;

    if (magnitude >= 1) {
        for (; (double)magnitude >= TENS[digits - places]; places--) {
        }
    } else {
        for (; (double)magnitude * TENS[places - digits + 1] < 1; places++) {
        }
    }
    return places;
}

/* The quotient is the double nearest to the printed number. Both round to the
 * same float, unless the quotient is halfway between two floats. */
static bool reads_back(double quotient, float magnitude)
{
    uint64_t bits;

    memcpy(&bits, &quotient, sizeof(bits));
    return (float)quotient == magnitude && (bits & 0x1FFFFFFF) != (uint64_t)1
                                                                      << 28;
}

/* Writes mantissa / 10^places without trailing zeros. */
static void write_fixed(char *text, uint64_t mantissa, int places)
{
    char digits[24];
    int count = 0;

    while (places > 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        places--;
    }
    while (mantissa > 0 || count <= places) {
        digits[count++] = (char)('0' + mantissa % 10);
        mantissa /= 10;
    }
    while (count > 0) {
        *text++ = digits[--count];
        if (count == places && places > 0) {
            *text++ = '.';
        }
    }
    *text = '\0';
}

/* Returns false if the number needs printf. */
static bool write_simple(char *text, float value)
{
    float magnitude = fabsf(value);

    /* With excess precision, quotients would be rounded twice. */
    if (FLT_EVAL_METHOD != 0 ||
        !(magnitude >= MIN_SIMPLE && magnitude < MAX_SIMPLE)) {
        return false;
    }
    for (int digits = MIN_DIGITS; digits <= MAX_DIGITS; digits++) {
        int places = count_places(magnitude, digits);
        double mantissa = rint((double)magnitude * TENS[places]);

        if (reads_back(mantissa / TENS[places], magnitude)) {
            if (value < 0) {
                *text++ = '-';
            }
            write_fixed(text, (uint64_t)mantissa, places);
            return true;
        }
    }
    return false;
}

void cli_float_text(char text[CLI_FLOAT_SIZE], float value)
{
    if (write_simple(text, value)) {
        return;
    }
    for (int digits = MIN_DIGITS; digits <= MAX_DIGITS; digits++) {
        snprintf(text, CLI_FLOAT_SIZE, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
            return;
        }
    }
}
