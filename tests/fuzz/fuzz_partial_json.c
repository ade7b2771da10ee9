/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON in pieces gives the same as the reader for whole documents,
 * wherever it is cut: the first two bytes say where. So does reading each
 * prefix of it.
 */
#include "partial_check.h"

#include <stdint.h>

/* Reading all prefixes takes time that grows with the square of the length. */
enum { MAX_PREFIX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cut;

    if (size < 2) {
        return 0;
    }
    cut = (size_t)data[0] << 8 | data[1];
    partial_check((const char *)data + 2, size - 2, cut % (size - 1));
    partial_check((const char *)data + 2, size - 2, size);
    for (size_t len = 0; len < size - 2 && len <= MAX_PREFIX; len++) {
        partial_check((const char *)data + 2, len, len);
    }
    return 0;
}
