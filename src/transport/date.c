/* SPDX-License-Identifier: MIT */
/*
 * Parses HTTP dates.
 */
#include "transport/date.h"

#include "base/calendar.h"
#include "base/slice.h"

#include <curl/curl.h>

#include <stdio.h>

enum { DAY_S = 86400 };

/* Returns 1 to 12; 0: the name is not that of a month. */
static int month_of(const char *name)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};

    for (int i = 0; i < 12; i++) {
        if (chutes__slice_is_nocase(chutes__slice_of(name), names[i])) {
            return i + 1;
        }
    }
    return 0;
}

/* Parses the form that servers must send. libcurl can't parse dates after 2038
 * if time_t has 32 bits. */
static bool parse_fixed(const char *text, int64_t *unix_s)
{
    char name[4];
    int day;
    int month;
    int year;
    int hour;
    int minute;
    int second;
    int end = 0;

    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &day,
               name, &year, &hour, &minute, &second, &end) != 6 ||
        end == 0 || text[end] != '\0') {
        return false;
    }
    month = month_of(name);
    if (month == 0 || day < 1 || day > 31 || year < 1 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return false;
    }
    *unix_s = chutes__calendar_days(year, month, day) * DAY_S +
              (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

bool chutes__date_parse(const char *text, int64_t *unix_s)
{
    time_t parsed;

    if (parse_fixed(text, unix_s)) {
        return true;
    }
    parsed = curl_getdate(text, NULL);
    *unix_s = (int64_t)parsed;
    return parsed != -1;
}
