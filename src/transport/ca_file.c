/* SPDX-License-Identifier: MIT */
/*
 * Checks files and directories of CA certificates.
 */
#include "transport/certificates.h"

#include "base/error.h"
#include "base/mem.h"
#include "transport/pem_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The mark preserves the application's errors in OpenSSL's queue. */
static bool has_certificate(const struct chutes__pem *pem)
{
    BIO *bio = chutes__pem_open(pem);
    X509 *certificate;

    if (bio == NULL) {
        return false;
    }
    (void)ERR_set_mark();
    certificate =
        PEM_read_bio_X509_AUX(bio, NULL, chutes__pem_refuse_password, NULL);
    (void)ERR_pop_to_mark();
    BIO_free(bio);
    X509_free(certificate);
    return certificate != NULL;
}

chutes_status chutes__ca_file_check(const char *path, const char *field,
                                    chutes_error *error)
{
    struct chutes__pem pem;
    chutes_status status = chutes__pem_load(path, field, &pem, error);

    if (status == CHUTES_OK && !has_certificate(&pem)) {
        status =
            chutes__pem_refuse(error, field, "holds no PEM certificate", path);
    }
    chutes__pem_dispose(&pem);
    return status;
}

static bool is_readable_directory(const char *name, size_t len)
{
    char path[PATH_MAX];

    if (len == 0 || len + sizeof("/") > sizeof(path)) {
        return false;
    }
    memcpy(path, name, len);
    memcpy(path + len, "/",
           sizeof("/")); /* so that a file fails with ENOTDIR */
    return access(path, R_OK | X_OK) == 0;
}

chutes_status chutes__ca_dir_check(const char *list, const char *field,
                                   chutes_error *error)
{
    const char *name = list;

    for (;;) {
        size_t len = strcspn(name, ":");

        /* OpenSSL looks into each directory, and skips those that are
         * missing. */
        if (is_readable_directory(name, len)) {
            return CHUTES_OK;
        }
        if (name[len] == '\0') {
            return chutes__pem_refuse(error, field,
                                      "is not a readable directory", list);
        }
        name += len + 1;
    }
}
