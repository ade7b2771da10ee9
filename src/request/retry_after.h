/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_RETRY_AFTER_H
#define CHUTES_REQUEST_RETRY_AFTER_H

#include <stdbool.h>
#include <stdint.h>

/* Both parse the value of a header and return milliseconds, or -1 when it is
 * absent (NULL), negative, past or nothing sensible. Huge values saturate. */

/* `retry-after-ms`: a number of milliseconds. */
int64_t chutes__retry_after_ms_parse(const char *value);

/* `Retry-After`: seconds, which may have a fraction, or an HTTP date.
 * `date` is the answer's own Date header, which the server's clock made just as
 * the other; where it is missing (NULL) or no date, `now_unix_s` is what
 * counts.
 */
int64_t chutes__retry_after_parse(const char *value, const char *date,
                                  int64_t now_unix_s);

/* Is it a date? Of whole seconds, it may tell of nearly no wait at all. */
bool chutes__retry_after_is_date(const char *value);

#endif
