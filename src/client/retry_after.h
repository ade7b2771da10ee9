/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_RETRY_AFTER_H
#define CHUTES_CLIENT_RETRY_AFTER_H

#include <stdint.h>

/* Both parse the value of a header and return milliseconds, or -1 when it is
 * absent (NULL), negative, past or nothing sensible. Huge values saturate. */

/* `retry-after-ms`: a number of milliseconds. */
int64_t chutes__retry_after_ms_parse(const char *value);

/* `Retry-After`: seconds, which may have a fraction, or an HTTP date;
 * `now_unix_s` is what the date is compared with. */
int64_t chutes__retry_after_parse(const char *value, int64_t now_unix_s);

#endif
