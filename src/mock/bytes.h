/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_BYTES_H
#define CHUTES_MOCK_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing array of bytes; all zero is empty. It calls malloc() instead of
 * base/mem.h because tests make the library's allocations fail while the server
 * answers in the same process. A failed allocation is sticky, so that a writer
 * can check `failed` once at the end.
 */
struct mock_bytes {
    char *data; /* NUL-terminated after `len` bytes, or NULL */
    size_t len;
    size_t cap;
    bool failed;
};

/* Ensures room for `more` bytes and a NUL. */
bool mock_bytes_reserve(struct mock_bytes *bytes, size_t more);
bool mock_bytes_append(struct mock_bytes *bytes, const void *data, size_t len);
bool mock_bytes_appendf(struct mock_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mock_bytes_dispose(struct mock_bytes *bytes);

#endif
