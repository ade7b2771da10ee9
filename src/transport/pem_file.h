/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_PEM_FILE_H
#define CHUTES_TRANSPORT_PEM_FILE_H

#include <stddef.h>

#include <openssl/bio.h>

#include <chutes/status.h>

/* The contents of a file of certificates or keys. Zeroed: empty. */
struct chutes__pem {
    char *bytes;
    size_t size;
};

/* Reads a regular file of at most 4 MiB. The message of CHUTES_ERR_CONFIG names
 * the option `field` that held the path, the reason, and the path. */
chutes_status chutes__pem_load(const char *path, const char *field,
                               struct chutes__pem *pem, chutes_error *error);

/* Wipes and frees the contents. */
void chutes__pem_dispose(struct chutes__pem *pem);

/* Returns a BIO that reads the contents, to be freed with BIO_free(); NULL: out
 * of memory. */
BIO *chutes__pem_open(const struct chutes__pem *pem);
/* A password callback for OpenSSL that supplies none. Without a callback,
 * OpenSSL asks for the password of an encrypted key on the terminal. */
int chutes__pem_refuse_password(char *password, int size, int is_writing,
                                void *userdata);

/* Fails with CHUTES_ERR_CONFIG and "FIELD COMPLAINT: PATH". */
chutes_status chutes__pem_refuse(chutes_error *error, const char *field,
                                 const char *complaint, const char *path);

#endif
