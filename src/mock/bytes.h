/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_BYTES_H
#define CHUTES_MOCK_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes that grow. By malloc() and not through base/mem.h: tests make the
 * library's allocations fail while the server answers in the same process.
 * Zeroed is empty. Out of memory is sticky: a writer may ask `failed` once.
 */
struct mock_bytes {
    char *data; /* NUL-terminated behind len once something was reserved */
    size_t len;
    size_t cap;
    bool failed;
};

/* Makes room for `more` bytes and a NUL. */
bool mock_bytes_reserve(struct mock_bytes *bytes, size_t more);
bool mock_bytes_append(struct mock_bytes *bytes, const void *data, size_t len);
/* Printf-style. */
bool mock_bytes_appendf(struct mock_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mock_bytes_dispose(struct mock_bytes *bytes);

#endif
