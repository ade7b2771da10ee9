/* SPDX-License-Identifier: MIT */
#include "base/calendar.h"

/* A year is taken to begin in March, so that the leap day is its last. */
int64_t chutes__calendar_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t day_of_year =
        (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}
