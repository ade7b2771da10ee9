/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_HTTP_H
#define CHUTES_MOCK_HTTP_H

#include <stddef.h>

/* The parts of HTTP that scripts and the demo server share. */

/* Returns the reason phrase of a status, such as "OK" for 200. */
const char *mock_http_phrase(int status);

/* Finds a header by name, ignoring case, and returns its value, which is *len
 * bytes long; NULL if there is none. */
const char *mock_http_header(const char *head, const char *name, size_t *len);

#endif
