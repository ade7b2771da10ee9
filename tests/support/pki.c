/* SPDX-License-Identifier: MIT */
#include "pki.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "test.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60 };
enum { PATH_SIZE = 256 };

struct recipe {
    const char *name; /* of the files */
    const char *common_name;
    const char *alt_names; /* NULL: this is an authority; "": none */
    const char *purpose;
    int begin_days; /* relative to now */
    int end_days;
};

#define HERE "DNS:localhost,IP:127.0.0.1,IP:::1"

static const struct recipe RECIPES[PKI_LEAF_COUNT] = {
    [PKI_GOOD] = {"good", "localhost", HERE, "serverAuth", -1, 30},
    [PKI_SELF_SIGNED] = {"self", "localhost", HERE, "serverAuth", -1, 30},
    [PKI_WRONG_HOST] = {"host", "other.example", "DNS:other.example",
                        "serverAuth", -1, 30},
    [PKI_EXPIRED] = {"expired", "localhost", HERE, "serverAuth", -30, -1},
    [PKI_NOT_YET_VALID] = {"early", "localhost", HERE, "serverAuth", 10, 30},
    [PKI_WRONG_PURPOSE] = {"purpose", "localhost", HERE, "clientAuth", -1, 30},
    [PKI_NO_NAMES] = {"names", "localhost", "", "serverAuth", -1, 30},
    [PKI_NO_INTERMEDIATE] = {"chain", "localhost", HERE, "serverAuth", -1, 30},
};

static const struct recipe CA_RECIPE = {
    "ca", "libchutes test CA", NULL, NULL, -1, 30};
/* Signed by the CA, but no server sends its certificate. */
static const struct recipe INTERMEDIATE_RECIPE = {
    "between", "libchutes test intermediate CA", NULL, NULL, -1, 30};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char directory[64];
static char ca_file[PATH_SIZE];
static char certificate_files[PKI_LEAF_COUNT][PATH_SIZE];
static char key_files[PKI_LEAF_COUNT][PATH_SIZE];
static pid_t owner;

static void remove_files(void)
{
    /* A forked child inherits this handler, but must not remove its parent's
     * files. */
    if (getpid() != owner) {
        return;
    }
    (void)unlink(ca_file);
    for (size_t i = 0; i < PKI_LEAF_COUNT; i++) {
        (void)unlink(certificate_files[i]);
        (void)unlink(key_files[i]);
    }
    (void)rmdir(directory);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid,
                          const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    if (value == NULL || *value == '\0') {
        return;
    }
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* If `issuer` is NULL, the certificate is self-signed. */
static X509 *make_certificate(const struct recipe *recipe, EVP_PKEY *key,
                              X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1;
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    bool is_ca = recipe->alt_names == NULL;

    assert_non_null(certificate);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate),
                    (long)recipe->begin_days * DAY);
    X509_gmtime_adj(X509_getm_notAfter(certificate),
                    (long)recipe->end_days * DAY);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)recipe->common_name, -1,
                               -1, 0);
    X509_set_issuer_name(certificate,
                         issuer == NULL ? name : X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, key);
    if (issuer == NULL) {
        issuer = certificate;
        issuer_key = key;
    }
    add_extension(certificate, issuer, NID_basic_constraints,
                  is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_key_usage,
                  is_ca ? "critical,keyCertSign" : "critical,digitalSignature");
    add_extension(certificate, issuer, NID_subject_alt_name, recipe->alt_names);
    add_extension(certificate, issuer, NID_ext_key_usage, recipe->purpose);
    assert_true(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
    return certificate;
}

static void name_file(char *path, const char *name, const char *kind)
{
    assert_true(snprintf(path, PATH_SIZE, "%s/%s-%s.pem", directory, name,
                         kind) < PATH_SIZE);
}

static void write_certificate(const char *path, X509 *certificate)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
}

static void write_key(const char *path, EVP_PKEY *key)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(file), 0);
}

static void make_leaf(enum pki_leaf leaf, X509 *ca, EVP_PKEY *ca_key)
{
    const struct recipe *recipe = &RECIPES[leaf];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate;

    assert_non_null(key);
    certificate = make_certificate(recipe, key,
                                   leaf == PKI_SELF_SIGNED ? NULL : ca, ca_key);
    name_file(certificate_files[leaf], recipe->name, "certificate");
    name_file(key_files[leaf], recipe->name, "key");
    write_certificate(certificate_files[leaf], certificate);
    write_key(key_files[leaf], key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void make_leaf_of_intermediate(X509 *ca, EVP_PKEY *ca_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *intermediate;

    assert_non_null(key);
    intermediate = make_certificate(&INTERMEDIATE_RECIPE, key, ca, ca_key);
    make_leaf(PKI_NO_INTERMEDIATE, intermediate, key);
    X509_free(intermediate);
    EVP_PKEY_free(key);
}

static void make_all(void)
{
    const char *parent = getenv("TMPDIR");
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    X509 *ca;
    int len = snprintf(directory, sizeof(directory), "%s/chutes-pki-XXXXXX",
                       parent == NULL ? "/tmp" : parent);

    assert_true(len > 0 && (size_t)len < sizeof(directory));
    assert_non_null(mkdtemp(directory));
    owner = getpid();
    atexit(remove_files);
    assert_non_null(ca_key);
    ca = make_certificate(&CA_RECIPE, ca_key, NULL, NULL);
    name_file(ca_file, CA_RECIPE.name, "certificate");
    write_certificate(ca_file, ca);
    for (size_t i = 0; i < PKI_LEAF_COUNT; i++) {
        make_leaf((enum pki_leaf)i, ca, ca_key);
    }
    make_leaf_of_intermediate(ca, ca_key);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
}

const char *pki_ca_file(void)
{
    pthread_once(&once, make_all);
    return ca_file;
}

const char *pki_certificate_file(enum pki_leaf leaf)
{
    pthread_once(&once, make_all);
    return certificate_files[leaf];
}

const char *pki_key_file(enum pki_leaf leaf)
{
    pthread_once(&once, make_all);
    return key_files[leaf];
}
