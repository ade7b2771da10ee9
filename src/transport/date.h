/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TRANSPORT_DATE_H
#define CHUTES_TRANSPORT_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* An HTTP date (RFC 9110, 5.6.7) as Unix time in seconds. */
bool chutes__date_parse(const char *text, int64_t *unix_s);

#endif
