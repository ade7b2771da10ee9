/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CRYPTO_SECRET_H
#define CHUTES_CRYPTO_SECRET_H

#include <stddef.h>

#include <chutes/status.h>

/* A key: in memory of its own that is left out of core dumps where the system
 * can, and wiped when freed. Starts zeroed. */
struct chutes__secret {
    char *text; /* NUL-terminated; NULL when there is none */
    size_t len;
    size_t mapped; /* bytes of the mapping; 0: ordinary memory */
};

/* Copies, in place of what was there. CHUTES_OK or CHUTES_ERR_NO_MEMORY, and
 * then nothing has changed. */
chutes_status chutes__secret_set(struct chutes__secret *secret,
                                 const char *text, size_t len);
void chutes__secret_dispose(struct chutes__secret *secret);

/* Overwrites in a way the compiler keeps. */
void chutes__secret_wipe(void *bytes, size_t len);

#endif
