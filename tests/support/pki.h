/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_PKI_H
#define CHUTES_TESTS_PKI_H

/*
 * Keys and certificates for tests, made at the first use in a directory of the
 * process and removed at its end. Failures end the test.
 */
enum pki_leaf {
    PKI_GOOD, /* for localhost, 127.0.0.1 and ::1 */
    PKI_SELF_SIGNED,
    PKI_WRONG_HOST, /* for other.example */
    PKI_EXPIRED,
    PKI_NOT_YET_VALID,
    PKI_WRONG_PURPOSE,   /* for clients */
    PKI_NO_NAMES,        /* a common name alone */
    PKI_NO_INTERMEDIATE, /* of an authority that nobody is told of */
    PKI_LEAF_COUNT
};

/* Paths of PEM files. */
const char *pki_ca_file(void);
const char *pki_certificate_file(enum pki_leaf leaf);
const char *pki_key_file(enum pki_leaf leaf);

#endif
