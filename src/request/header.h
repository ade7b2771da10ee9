/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_HEADER_H
#define CHUTES_REQUEST_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* A valid name is a token (RFC 9110, 5.1). */
bool chutes__header_name_is_valid(const char *name);

/* A valid value consists of HTAB and printable ASCII: libcurl passes everything
 * else on, CR and LF included, so a value could otherwise carry headers of its
 * own. */
bool chutes__header_value_is_valid(const char *value);

/* A valid key consists of 1 to 512 bytes of printable ASCII without blanks. */
bool chutes__key_is_valid(const char *key);

#endif
