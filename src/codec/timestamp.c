/* SPDX-License-Identifier: MIT */
/* Parses ISO 8601 dates in errors, without the time zones of the C library. */
#include "codec/timestamp.h"

#include "base/calendar.h"

#include <stddef.h>

struct cursor {
    const char *at;
    const char *end;
};

static bool is_at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && chutes__is_digit(*cursor->at);
}

/* Reads exactly `count` digits. */
static bool read_digits(struct cursor *cursor, int count, int *number)
{
    *number = 0;
    for (; count > 0; count--) {
        if (!is_at_digit(cursor)) {
            return false;
        }
        *number = *number * 10 + (*cursor->at - '0');
        cursor->at++;
    }
    return true;
}

static bool take_one(struct cursor *cursor, const char *any_of)
{
    if (cursor->at < cursor->end) {
        for (; *any_of != '\0'; any_of++) {
            if (*cursor->at == *any_of) {
                cursor->at++;
                return true;
            }
        }
    }
    return false;
}

static bool read_date(struct cursor *cursor, int64_t *seconds)
{
    int year;
    int month;
    int day;

    if (!read_digits(cursor, 4, &year) || !take_one(cursor, "-") ||
        !read_digits(cursor, 2, &month) || !take_one(cursor, "-") ||
        !read_digits(cursor, 2, &day)) {
        return false;
    }
    /* February 30 counts as March 1 or 2, which is exact enough for the time of
     * a reset. */
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    *seconds = chutes__calendar_days(year, month, day) * 86400;
    return true;
}

static bool read_time(struct cursor *cursor, int64_t *seconds)
{
    int hour;
    int minute;
    int second = 0;

    if (!read_digits(cursor, 2, &hour) || !take_one(cursor, ":") ||
        !read_digits(cursor, 2, &minute)) {
        return false;
    }
    if (take_one(cursor, ":") && !read_digits(cursor, 2, &second)) {
        return false;
    }
    if (take_one(cursor, ".,")) {
        while (is_at_digit(cursor)) {
            cursor->at++;
        }
    }
    *seconds += hour * 3600 + minute * 60 + second;
    /* ISO 8601 has an hour 24 at midnight, and a second 60 for leap seconds. */
    return hour <= 24 && minute <= 59 && second <= 60;
}

static bool read_zone(struct cursor *cursor, int64_t *seconds)
{
    int hour;
    int minute = 0;
    int64_t sign;

    if (cursor->at == cursor->end || take_one(cursor, "Zz")) {
        return true;
    }
    /* A zone with a plus is ahead of UTC, so its offset is subtracted. */
    sign = *cursor->at == '-' ? 1 : -1;
    if (!take_one(cursor, "+-") || !read_digits(cursor, 2, &hour)) {
        return false;
    }
    take_one(cursor, ":");
    if (is_at_digit(cursor) && !read_digits(cursor, 2, &minute)) {
        return false;
    }
    *seconds += sign * (hour * 3600 + minute * 60);
    return hour <= 23 && minute <= 59;
}

bool chutes__timestamp_read(struct chutes__slice text, int64_t *seconds)
{
    struct cursor cursor = {text.data, text.data + text.len};
    int64_t sum;

    if (!read_date(&cursor, &sum)) {
        return false;
    }
    if (take_one(&cursor, "Tt ") && !read_time(&cursor, &sum)) {
        return false;
    }
    if (!read_zone(&cursor, &sum) || cursor.at != cursor.end) {
        return false;
    }
    *seconds = sum;
    return true;
}

int64_t chutes__timestamp_of(const struct chutes__json_value *value)
{
    int64_t seconds;

    return (value->type == CHUTES__JSON_STRING &&
            chutes__timestamp_read(value->text, &seconds)) ||
                   chutes__json_to_int64(value, &seconds)
               ? seconds
               : -1;
}
