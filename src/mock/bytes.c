/* SPDX-License-Identifier: MIT */
/* The growing byte arrays of the mock, apart from the library's allocator. */
#include "mock/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mock_bytes_reserve(struct mock_bytes *bytes, size_t more)
{
    size_t need = bytes->len + more + 1;
    size_t cap = bytes->cap < 256 ? 256 : bytes->cap;
    char *data;

    if (bytes->failed || need <= bytes->cap) {
        return !bytes->failed;
    }
    while (cap < need) {
        cap *= 2;
    }
    data = realloc(bytes->data, cap);
    if (data == NULL) {
        bytes->failed = true;
        return false;
    }
    bytes->data = data;
    bytes->cap = cap;
    return true;
}

bool mock_bytes_append(struct mock_bytes *bytes, const void *data, size_t len)
{
    if (!mock_bytes_reserve(bytes, len)) {
        return false;
    }
    if (len > 0) {
        memcpy(bytes->data + bytes->len, data, len);
    }
    bytes->len += len;
    bytes->data[bytes->len] = '\0';
    return true;
}

bool mock_bytes_appendf(struct mock_bytes *bytes, const char *format, ...)
{
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0 || !mock_bytes_reserve(bytes, (size_t)len)) {
        return false;
    }
    va_start(arguments, format);
    (void)vsnprintf(bytes->data + bytes->len, (size_t)len + 1, format,
                    arguments);
    va_end(arguments);
    bytes->len += (size_t)len;
    return true;
}

void mock_bytes_dispose(struct mock_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct mock_bytes){0};
}
