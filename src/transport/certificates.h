/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_CERTIFICATES_H
#define CHUTES_TRANSPORT_CERTIFICATES_H

#include <chutes/status.h>

/*
 * Checks the files that libcurl reads for every connection, because libcurl
 * would report their faults late and less clearly. The message of
 * CHUTES_ERR_CONFIG names the option `field` that held the path, the reason,
 * and the path.
 */

/* Checks for a readable, regular file of at most 4 MiB that holds at least one
 * PEM certificate. */
chutes_status chutes__ca_file_check(const char *path, const char *field,
                                    chutes_error *error);

/* Checks a list of directories, separated by colons. At least one of them must
 * be readable. */
chutes_status chutes__ca_dir_check(const char *list, const char *field,
                                   chutes_error *error);

/* Checks for a PEM certificate and its private key, which must not be
 * encrypted. key_path may be NULL when both are in one file. The message names
 * client_cert or client_key. */
chutes_status chutes__client_cert_check(const char *cert_path,
                                        const char *key_path,
                                        chutes_error *error);

#endif
