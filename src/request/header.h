/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_HEADER_H
#define CHUTES_REQUEST_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 9110 5.1: a token. */
bool chutes__header_name_is_valid(const char *name);

/* HTAB and printable ASCII only: libcurl passes everything else on, CR and LF
 * included, so a value could otherwise carry headers of its own. */
bool chutes__header_value_is_valid(const char *value);

/* Printable ASCII without blanks, 1 to 512 bytes. */
bool chutes__key_is_valid(const char *key);

#endif
