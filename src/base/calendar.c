/* SPDX-License-Identifier: MIT */
/* Converts dates to days, without time_t and the C library's time zones. */
#include "base/calendar.h"

/* Counts years from March 1, so that the leap day is the last day of a year.
 * From March on, months have 31, 30, 31, 30, 31 days and then start over, so m
 * of them have (153 m + 2) / 5 days. 719 468 days lie between 0000-03-01 and
 * 1970-01-01. */
int64_t chutes__calendar_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t day_of_year =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}
