/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BENCH_HEAP_H
#define CHUTES_BENCH_HEAP_H

#include <stddef.h>

/* Everything that a process has allocated since bench_heap_reset(), by libcurl
 * too. */
struct bench_heap {
    size_t peak;  /* bytes, beyond those that were allocated at the reset */
    size_t calls; /* of malloc(), calloc() and realloc() */
};

#endif
