/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_PEM_FILE_H
#define CHUTES_TRANSPORT_PEM_FILE_H

#include <stddef.h>

#include <openssl/bio.h>

#include <chutes/status.h>

/* The contents of a file of certificates or keys. Zeroed: none. */
struct chutes__pem {
    char *bytes;
    size_t size;
};

/* Reads a regular file of at most 4 MiB. CHUTES_ERR_CONFIG names `field`, which
 * is where the path came from, why not, and the path. */
chutes_status chutes__pem_load(const char *path, const char *field,
                               struct chutes__pem *pem, chutes_error *error);

/* Wipes and frees it. */
void chutes__pem_dispose(struct chutes__pem *pem);

/* For the readers of OpenSSL, which would ask the terminal for a password;
 * NULL: out of memory. Free with BIO_free(). */
BIO *chutes__pem_open(const struct chutes__pem *pem);
int chutes__pem_refuse_password(char *password, int size, int is_writing,
                                void *userdata);

/* "FIELD COMPLAINT: PATH" */
chutes_status chutes__pem_refuse(chutes_error *error, const char *field,
                                 const char *complaint, const char *path);

#endif
