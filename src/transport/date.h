/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_DATE_H
#define CHUTES_TRANSPORT_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* Converts an HTTP date (RFC 9110, 5.6.7) to Unix time in seconds. False: it
 * isn't a date. */
bool chutes__date_parse(const char *text, int64_t *unix_s);

#endif
