/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_CERTIFICATES_H
#define CHUTES_TRANSPORT_CERTIFICATES_H

#include <chutes/status.h>

/* libcurl reads these files with every connection, and would say late and less
 * clearly what is wrong with them. CHUTES_ERR_CONFIG names `field`, which is
 * where the path came from, why not, and the path. */

/* A readable, regular file of at most 4 MiB with at least one PEM
 * certificate? */
chutes_status chutes__ca_file_check(const char *path, const char *field,
                                    chutes_error *error);

/* A list of directories, separated by colons, of which at least one can be
 * read? */
chutes_status chutes__ca_dir_check(const char *list, const char *field,
                                   chutes_error *error);

/* A PEM certificate, and a private key that belongs to it and isn't encrypted?
 * key_path may be NULL: both are in one file. Names client_cert or
 * client_key. */
chutes_status chutes__client_cert_check(const char *cert_path,
                                        const char *key_path,
                                        chutes_error *error);

#endif
