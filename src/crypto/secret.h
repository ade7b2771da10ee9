/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CRYPTO_SECRET_H
#define CHUTES_CRYPTO_SECRET_H

#include <stddef.h>

#include <chutes/status.h>

/* A key in its own memory, which is excluded from core dumps where the system
 * supports that, and wiped before it is freed. The struct must start zeroed. */
struct chutes__secret {
    char *text; /* NUL-terminated; NULL if there is none */
    size_t len;
    size_t mapped; /* bytes of the mapping; 0: malloc() memory */
};

/* Replaces the key with a copy of `text`. Returns CHUTES_OK, or returns
 * CHUTES_ERR_NO_MEMORY and leaves the old key in place. */
chutes_status chutes__secret_set(struct chutes__secret *secret,
                                 const char *text, size_t len);
void chutes__secret_dispose(struct chutes__secret *secret);

/* Overwrites bytes in a way that the compiler can't optimize away. */
void chutes__secret_wipe(void *bytes, size_t len);

#endif
