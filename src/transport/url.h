/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_URL_H
#define CHUTES_TRANSPORT_URL_H

#include <stdbool.h>

#include <chutes/status.h>

/* A base URL that was found good: scheme and host, and a path that ends in
 * "/". */
struct chutes__url {
    char *text;       /* free with chutes__mem_free() */
    bool is_loopback; /* localhost, 127.0.0.0/8 or ::1 */
    bool is_http;
};

/* Checks and normalises a base URL: https, or http on a loopback host or with
 * allow_insecure; a host; no credentials, query, fragment, blanks, control or
 * non-ASCII bytes; path kept, one trailing slash. CHUTES_ERR_CONFIG names
 * `field`; credentials are never part of the message. */
chutes_status chutes__url_parse(const char *text, bool allow_insecure,
                                const char *field, struct chutes__url *url,
                                chutes_error *error);
void chutes__url_dispose(struct chutes__url *url);

/* base + path; free with chutes__mem_free(); NULL: out of memory. `path` has no
 * leading slash. */
char *chutes__url_join(const struct chutes__url *base, const char *path);

/* Is this a readable, regular file of at most 4 MiB with at least one PEM
 * certificate? CHUTES_ERR_CONFIG names ca_file and why not. */
chutes_status chutes__ca_file_check(const char *path, chutes_error *error);

#endif
