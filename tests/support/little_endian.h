/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TEST_LITTLE_ENDIAN_H
#define CHUTES_TEST_LITTLE_ENDIAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Converts `count` floats from the byte order of this machine to little-endian,
 * which base64 embeddings use, or back, in place. */
static inline void little_endian_floats(float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char bytes[4];
        uint32_t bits;

        memcpy(&bits, &numbers[i], sizeof(bits));
        for (size_t k = 0; k < sizeof(bytes); k++) {
            bytes[k] = (unsigned char)(bits >> (8 * k));
        }
        memcpy(&numbers[i], bytes, sizeof(bytes));
    }
}

#endif
