/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_MOCK_HTTP_H
#define CHUTES_MOCK_HTTP_H

#include <stddef.h>

/* The few words of HTTP that scripts and the demo share. */

/* "OK" for 200, and so on. */
const char *mock_http_phrase(int status);

/* The value of a header in a head, case-insensitive by name, and its length;
 * NULL when there is none. */
const char *mock_http_header(const char *head, const char *name, size_t *len);

#endif
