/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_REQUEST_RETRY_AFTER_H
#define CHUTES_REQUEST_RETRY_AFTER_H

#include <stdbool.h>
#include <stdint.h>

/* Both parse the value of a header and return milliseconds, or -1 when it is
 * absent (NULL), invalid, negative or in the past. Huge values are capped. */

/* Parses `retry-after-ms`: a number of milliseconds. */
int64_t chutes__retry_after_ms_parse(const char *value);

/* Parses `Retry-After`: seconds, which may have a fraction, or an HTTP date.
 * Such a date is relative to `date`, the Date header of the same answer and
 * thus of the same clock, or to `now_unix_s` where that is missing (NULL) or
 * not a date. */
int64_t chutes__retry_after_parse(const char *value, const char *date,
                                  int64_t now_unix_s);

/* Is it a date? A date has whole seconds, so the wait may be close to 0. */
bool chutes__retry_after_is_date(const char *value);

#endif
