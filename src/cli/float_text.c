/* SPDX-License-Identifier: MIT */
#include "cli/float_text.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a number. With 9 of them each float reads back. */
enum { FEWEST = 6, MOST = 9 };

/* What is printed without an exponent, of which vectors consist. */
static const float LEAST = 1e-4F;
static const float TOO_LARGE = 1e5F;

/* 10^places is exact, and so is a mantissa of up to 9 digits. */
static const double TENS[] = {1e0, 1e1, 1e2, 1e3,  1e4,  1e5,  1e6,
                              1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13};

/* How many digits there are behind the point; none but zeros in front of it. */
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

/* The quotient is the double next to what the text says. That rounds to the
 * float next to it, unless it is in the middle between two. */
static bool reads_back(double quotient, float magnitude)
{
    uint64_t bits;

    memcpy(&bits, &quotient, sizeof(bits));
    return (float)quotient == magnitude && (bits & 0x1FFFFFFF) != (uint64_t)1
                                                                      << 28;
}

/* mantissa / 10^places, without zeros at its end. */
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

/* False: it isn't that simple. */
static bool write_simple(char *text, float value)
{
    float magnitude = fabsf(value);

    /* With excess precision quotients would be rounded twice. */
    if (FLT_EVAL_METHOD != 0 ||
        !(magnitude >= LEAST && magnitude < TOO_LARGE)) {
        return false;
    }
    for (int digits = FEWEST; digits <= MOST; digits++) {
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
    for (int digits = FEWEST; digits <= MOST; digits++) {
        snprintf(text, CLI_FLOAT_SIZE, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
            return;
        }
    }
}
