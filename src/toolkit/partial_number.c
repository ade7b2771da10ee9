/* SPDX-License-Identifier: MIT */
/* The grammar of numbers, byte by byte. */
#include "toolkit/partial_number.h"

#include "base/slice.h"

static bool is_exponent(char byte)
{
    return byte == 'e' || byte == 'E';
}

enum chutes__partial_number chutes__partial_number_begin(char byte)
{
    if (byte == '-') {
        return CHUTES__NUMBER_MINUS;
    }
    if (byte == '0') {
        return CHUTES__NUMBER_ZERO;
    }
    return chutes__is_digit(byte) ? CHUTES__NUMBER_INTEGER
                                  : CHUTES__NUMBER_INVALID;
}

/* Returns the state after an integer or a fraction is followed by a byte that
 * is not a digit. */
static enum chutes__partial_number
end_integer(enum chutes__partial_number number, char byte)
{
    if (is_exponent(byte)) {
        return CHUTES__NUMBER_EXPONENT;
    }
    return byte == '.' && number != CHUTES__NUMBER_FRACTION
               ? CHUTES__NUMBER_POINT
               : CHUTES__NUMBER_ENDS;
}

enum chutes__partial_number
chutes__partial_number_next(enum chutes__partial_number number, char byte)
{
    bool is_digit = chutes__is_digit(byte);

    switch (number) {
    case CHUTES__NUMBER_MINUS:
        return is_digit ? chutes__partial_number_begin(byte)
                        : CHUTES__NUMBER_INVALID;
    case CHUTES__NUMBER_ZERO:
        return is_digit ? CHUTES__NUMBER_INVALID : end_integer(number, byte);
    case CHUTES__NUMBER_INTEGER:
    case CHUTES__NUMBER_FRACTION:
        return is_digit ? number : end_integer(number, byte);
    case CHUTES__NUMBER_POINT:
        return is_digit ? CHUTES__NUMBER_FRACTION : CHUTES__NUMBER_INVALID;
    case CHUTES__NUMBER_EXPONENT:
        if (byte == '+' || byte == '-') {
            return CHUTES__NUMBER_EXPONENT_SIGN;
        }
        return is_digit ? CHUTES__NUMBER_EXPONENT_DIGITS
                        : CHUTES__NUMBER_INVALID;
    case CHUTES__NUMBER_EXPONENT_SIGN:
        return is_digit ? CHUTES__NUMBER_EXPONENT_DIGITS
                        : CHUTES__NUMBER_INVALID;
    default:
        return is_digit ? CHUTES__NUMBER_EXPONENT_DIGITS : CHUTES__NUMBER_ENDS;
    }
}

bool chutes__partial_number_is_whole(enum chutes__partial_number number)
{
    return chutes__partial_number_next(number, ' ') == CHUTES__NUMBER_ENDS;
}
