/* SPDX-License-Identifier: MIT */
/*
 * Parses the headers in which a server asks for a wait.
 */
#include "request/retry_after.h"

#include <stddef.h>
#include <string.h>

#include "transport/date.h"
#include "json/reader.h"

/* Ten years: longer than any sensible wait, and far from an overflow. */
#define MAX_MS ((int64_t)10 * 366 * 24 * 3600 * 1000)

/* Does the value consist of digits, optionally with a fraction? */
static bool is_decimal(const char *value)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(value, digits);
    size_t fraction;

    if (whole == 0 || value[whole] != '.') {
        return whole > 0 && value[whole] == '\0';
    }
    value += whole + 1;
    fraction = strspn(value, digits);
    return fraction > 0 && value[fraction] == '\0';
}

/* Parses a plain decimal number, and scales it to milliseconds. */
static bool parse_number(const char *value, double scale, int64_t *ms)
{
    double parsed;

    if (!is_decimal(value)) {
        return false;
    }
    parsed = chutes__json_number_to_double(chutes__slice_of(value)) * scale;
    *ms = parsed < (double)MAX_MS ? (int64_t)(parsed + 0.5) : MAX_MS;
    return true;
}

int64_t chutes__retry_after_ms_parse(const char *value)
{
    int64_t ms;

    return value != NULL && parse_number(value, 1, &ms) ? ms : -1;
}

/* curl_getdate() is lenient: only what starts like a weekday is a date. */
static bool parse_date(const char *value, int64_t *unix_s)
{
    return value != NULL && strspn(value, "MTWFSmtwfs") > 0 &&
           chutes__date_parse(value, unix_s);
}

bool chutes__retry_after_is_date(const char *value)
{
    int64_t unix_s;

    return parse_date(value, &unix_s);
}

int64_t chutes__retry_after_parse(const char *value, const char *date,
                                  int64_t now_unix_s)
{
    int64_t ms;
    int64_t unix_s;
    int64_t from_s;

    if (value == NULL) {
        return -1;
    }
    if (parse_number(value, 1000, &ms)) {
        return ms;
    }
    if (!parse_date(date, &from_s)) {
        from_s = now_unix_s;
    }
    if (!parse_date(value, &unix_s) || unix_s < from_s) {
        return -1;
    }
    return unix_s - from_s < MAX_MS / 1000 ? (unix_s - from_s) * 1000 : MAX_MS;
}
