/* SPDX-License-Identifier: MIT */
#ifndef CLI_COUNT_H
#define CLI_COUNT_H

/* The number of elements of an array, not of a pointer. The command sees only
 * the public headers, so it has a macro of its own. */
#define CLI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
