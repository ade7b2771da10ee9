/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_COUNT_H
#define CHUTES_BASE_COUNT_H

/* The number of elements of an array, not of a pointer. */
#define CHUTES__COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
