/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_PARTIAL_NUMBER_H
#define CHUTES_TOOLKIT_PARTIAL_NUMBER_H

#include <stdbool.h>

/* The part of a number that was read last, or that the next byte makes. */
enum chutes__partial_number {
    CHUTES__NUMBER_MINUS,
    CHUTES__NUMBER_ZERO,
    CHUTES__NUMBER_INTEGER,
    CHUTES__NUMBER_POINT,
    CHUTES__NUMBER_FRACTION,
    CHUTES__NUMBER_EXPONENT,
    CHUTES__NUMBER_EXPONENT_SIGN,
    CHUTES__NUMBER_EXPONENT_DIGITS,
    CHUTES__NUMBER_ENDS,   /* the byte is behind the number */
    CHUTES__NUMBER_INVALID /* the byte can't follow */
};

/* Returns what a number begins with, or INVALID. */
enum chutes__partial_number chutes__partial_number_begin(char byte);

/* Returns what follows the state, which is not ENDS or INVALID. */
enum chutes__partial_number
chutes__partial_number_next(enum chutes__partial_number number, char byte);

/* Is it a whole number if nothing follows? */
bool chutes__partial_number_is_whole(enum chutes__partial_number number);

#endif
