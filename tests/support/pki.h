/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_PKI_H
#define CHUTES_TESTS_PKI_H

/*
 * Keys and certificates for tests. The first use creates them in a directory of
 * the process, which is removed when the process ends. Failures fail the test.
 */
enum pki_leaf {
    PKI_GOOD, /* for localhost, 127.0.0.1 and ::1 */
    PKI_SELF_SIGNED,
    PKI_WRONG_HOST, /* for other.example */
    PKI_EXPIRED,
    PKI_NOT_YET_VALID,
    PKI_WRONG_PURPOSE,   /* for clients */
    PKI_NO_NAMES,        /* a common name, but no subjectAltName */
    PKI_NO_INTERMEDIATE, /* the issuer's certificate is never sent */
    PKI_LEAF_COUNT
};

/* Paths of PEM files. */
const char *pki_ca_file(void);
const char *pki_certificate_file(enum pki_leaf leaf);
const char *pki_key_file(enum pki_leaf leaf);

#endif
