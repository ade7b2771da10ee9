/* SPDX-License-Identifier: MIT */
/*
 * JSON in pieces gives what the reader for whole documents gives, wherever it
 * is cut. The first two bytes say where.
 */
#include "partial_check.h"

#include <stdint.h>

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
    return 0;
}
