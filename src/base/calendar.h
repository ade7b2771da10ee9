/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_CALENDAR_H
#define CHUTES_BASE_CALENDAR_H

#include <stdint.h>

/* Returns the number of days since 1970-01-01 in the proleptic Gregorian
 * calendar. `month` is 1 to 12. This replaces mktime() because time_t may have
 * only 32 bits. */
int64_t chutes__calendar_days(int year, int month, int day);

#endif
