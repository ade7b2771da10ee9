/* SPDX-License-Identifier: MIT */
/*
 * Checks a client certificate and its private key.
 */
#include "transport/certificates.h"

#include "transport/pem_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <string.h>

static X509 *read_certificate(const struct chutes__pem *pem)
{
    BIO *bio = chutes__pem_open(pem);
    X509 *certificate = NULL;

    if (bio != NULL) {
        /* _AUX also accepts "TRUSTED CERTIFICATE", as OpenSSL does when libcurl
         * loads the file. */
        certificate =
            PEM_read_bio_X509_AUX(bio, NULL, chutes__pem_refuse_password, NULL);
    }
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const struct chutes__pem *pem)
{
    BIO *bio = chutes__pem_open(pem);
    EVP_PKEY *key = NULL;

    if (bio != NULL) {
        key = PEM_read_bio_PrivateKey(bio, NULL, chutes__pem_refuse_password,
                                      NULL);
    }
    BIO_free(bio);
    return key;
}

static bool mentions(const struct chutes__pem *pem, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= pem->size; i++) {
        if (memcmp(pem->bytes + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Returns NULL, or what is wrong with the key. */
static const char *check_key(X509 *certificate, const struct chutes__pem *pem)
{
    EVP_PKEY *key = read_key(pem);
    bool fits;

    if (key == NULL) {
        /* Both forms of encrypted keys have this word: "ENCRYPTED PRIVATE KEY"
         * and "Proc-Type: 4,ENCRYPTED". */
        return mentions(pem, "ENCRYPTED")
                   ? "is encrypted: only keys without a password can be used"
                   : "holds no PEM private key";
    }
    fits = X509_check_private_key(certificate, key) == 1;
    EVP_PKEY_free(key);
    return fits ? NULL : "does not belong to client_cert";
}

chutes_status chutes__client_cert_check(const char *cert_path,
                                        const char *key_path,
                                        chutes_error *error)
{
    const char *key_field = key_path != NULL ? "client_key" : "client_cert";
    struct chutes__pem cert;
    struct chutes__pem key = {NULL, 0};
    X509 *certificate = NULL;
    const char *complaint;
    chutes_status status =
        chutes__pem_load(cert_path, "client_cert", &cert, error);

    key_path = key_path != NULL ? key_path : cert_path;
    if (status == CHUTES_OK) {
        status = chutes__pem_load(key_path, key_field, &key, error);
    }
    if (status != CHUTES_OK) {
        goto done;
    }
    /* The mark preserves the application's errors in OpenSSL's queue. */
    (void)ERR_set_mark();
    certificate = read_certificate(&cert);
    if (certificate == NULL) {
        status = chutes__pem_refuse(error, "client_cert",
                                    "holds no PEM certificate", cert_path);
    } else {
        complaint = check_key(certificate, &key);
        if (complaint != NULL) {
            status = chutes__pem_refuse(error, key_field, complaint, key_path);
        }
    }
    (void)ERR_pop_to_mark();
done:
    X509_free(certificate);
    chutes__pem_dispose(&cert);
    chutes__pem_dispose(&key);
    return status;
}
