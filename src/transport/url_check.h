/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_URL_CHECK_H
#define CHUTES_TRANSPORT_URL_CHECK_H

/*
 * URL parsers disagree about unusual URLs, so these are rejected before libcurl
 * parses them. The checks return NULL, or what is wrong with the text. They
 * never quote it, as it may hold a password.
 */

enum { CHUTES__MAX_URL = 2048 }; /* bytes */

/* Checks a whole URL, which may have a query. */
const char *chutes__url_check(const char *text);

/* Checks a path without its first slash and without its query. */
const char *chutes__url_check_path(const char *path);

#endif
