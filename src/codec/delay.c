/* SPDX-License-Identifier: MIT */
/* Finds the delay before a retry in the words and members of an error. */
#include "codec/delay.h"

#include "base/count.h"
#include "base/slice.h"

#include <string.h>

/* How many bytes of a text to search. Each phrase in `leads` costs a search of
 * all of them. */
enum { MAX_SEARCHED = 16 * 1024 };

#define WEEK_MS ((double)7 * 24 * 3600 * 1000)
#define MONTH_MS ((double)30 * 24 * 3600 * 1000)
#define YEAR_MS ((double)365 * 24 * 3600 * 1000)
#define MAX_MS ((double)10 * 366 * 24 * 3600 * 1000)

struct cursor {
    const char *at;
    const char *end;
};

struct unit {
    const char *name; /* in lower case */
    double ms;
};

/* The order doesn't matter: read_unit() requires that no letter follows. */
static const struct unit UNITS[] = {
    {"milliseconds", 1}, {"millisecond", 1},   {"msec", 1},
    {"ms", 1},           {"seconds", 1000},    {"second", 1000},
    {"secs", 1000},      {"sec", 1000},        {"s", 1000},
    {"minutes", 60000},  {"minute", 60000},    {"mins", 60000},
    {"min", 60000},      {"m", 60000},         {"hours", 3600000},
    {"hour", 3600000},   {"hrs", 3600000},     {"hr", 3600000},
    {"h", 3600000},      {"days", 86400000},   {"day", 86400000},
    {"d", 86400000},     {"weeks", WEEK_MS},   {"week", WEEK_MS},
    {"w", WEEK_MS},      {"months", MONTH_MS}, {"month", MONTH_MS},
    {"mo", MONTH_MS},    {"years", YEAR_MS},   {"year", YEAR_MS},
    {"y", YEAR_MS},
};

static struct chutes__slice beginning_of(struct chutes__slice text)
{
    return (struct chutes__slice){
        text.data, text.len < MAX_SEARCHED ? text.len : MAX_SEARCHED};
}

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->end &&
           (*cursor->at == ' ' || *cursor->at == '\t')) {
        cursor->at++;
    }
}

/* Consumes the word, ignoring case, if it comes next. */
static bool take_word(struct cursor *cursor, const char *word)
{
    const struct chutes__slice rest = {cursor->at,
                                       (size_t)(cursor->end - cursor->at)};

    if (!chutes__slice_starts_with_nocase(rest, word)) {
        return false;
    }
    cursor->at += strlen(word);
    return true;
}

static bool read_number(struct cursor *cursor, double *number)
{
    double scale = 1;

    if (cursor->at == cursor->end || !chutes__is_digit(*cursor->at)) {
        return false;
    }
    *number = 0;
    for (; cursor->at < cursor->end && chutes__is_digit(*cursor->at);
         cursor->at++) {
        *number = *number * 10 + (*cursor->at - '0');
        *number = *number < MAX_MS ? *number : MAX_MS;
    }
    /* A dot without a digit after it ends a sentence. */
    if (cursor->end - cursor->at < 2 || *cursor->at != '.' ||
        !chutes__is_digit(cursor->at[1])) {
        return true;
    }
    for (cursor->at++;
         cursor->at < cursor->end && chutes__is_digit(*cursor->at);
         cursor->at++) {
        scale /= 10;
        *number += scale * (*cursor->at - '0');
    }
    return true;
}

/* Returns NULL if there is no unit, or only a word that starts like one. */
static const struct unit *read_unit(struct cursor *cursor)
{
    for (size_t i = 0; i < CHUTES__COUNT(UNITS); i++) {
        struct cursor ahead = *cursor;

        if (take_word(&ahead, UNITS[i].name) &&
            (ahead.at == ahead.end || !chutes__is_letter(*ahead.at))) {
            *cursor = ahead;
            return &UNITS[i];
        }
    }
    return NULL;
}

/* Returns true if a number without a unit ends here: at the end of the text, of
 * a sentence or of a JSON value. In "24-48 hours", "1,440 minutes", "12:30" and
 * "3 business days" the number alone means nothing. */
static bool ends_number(struct cursor cursor)
{
    skip_blanks(&cursor);
    if (cursor.at == cursor.end || *cursor.at == '\n' || *cursor.at == '\r') {
        return true;
    }
    if (*cursor.at == '\0' || strchr(".,;:!?)]}<\"'", *cursor.at) == NULL) {
        return false;
    }
    cursor.at++;
    return cursor.at == cursor.end ||
           (!chutes__is_digit(*cursor.at) && !chutes__is_letter(*cursor.at));
}

/* Reads "1m30.5s", "1 minute and 30 seconds" or "20". Returns milliseconds, or
 * -1 if there is no number, or one with an unknown unit. A number without a
 * unit counts in units of `bare_ms`. */
static double read_duration(struct cursor *cursor, double bare_ms)
{
    double sum = -1;

    for (;;) {
        struct cursor ahead = *cursor;
        const struct unit *unit;
        double number;

        skip_blanks(&ahead);
        if (sum >= 0 && take_word(&ahead, "and ")) {
            skip_blanks(&ahead);
        }
        if (!read_number(&ahead, &number)) {
            return sum;
        }
        skip_blanks(&ahead);
        (void)take_word(&ahead, "more ");
        unit = read_unit(&ahead);
        if (unit == NULL && sum < 0) {
            return ends_number(ahead) ? number * bare_ms : -1;
        }
        if (unit == NULL) {
            return sum;
        }
        sum = (sum >= 0 ? sum : 0) + number * unit->ms;
        *cursor = ahead;
    }
}

static int64_t to_ms(double ms)
{
    return ms < MAX_MS ? (int64_t)(ms + 0.5) : (int64_t)MAX_MS;
}

int64_t chutes__delay_in_text(struct chutes__slice text)
{
    static const char *const leads[] = {
        "retry in", "try again in", "retry after",   "try again after",
        "reset in", "resets in",    "reset after",   "resets after",
        "wait for", "please wait",  "wait at least", "available in",
    };
    static const char *const fillers[] = {
        ":", "about ", "approximately ", "another ", "around ", "at least "};
    struct chutes__slice begin = beginning_of(text);
    const char *end = text.data + text.len;

    for (size_t i = 0; i < CHUTES__COUNT(leads); i++) {
        const char *found = chutes__slice_find_nocase(begin, leads[i]);
        struct cursor cursor = {found, end};
        double ms;

        if (found == NULL) {
            continue;
        }
        cursor.at += strlen(leads[i]);
        /* Each filler may occur once, in this order: ": about ". */
        for (size_t k = 0; k < CHUTES__COUNT(fillers); k++) {
            skip_blanks(&cursor);
            (void)take_word(&cursor, fillers[k]);
        }
        skip_blanks(&cursor);
        ms = read_duration(&cursor, 1000);
        if (ms >= 0) {
            return to_ms(ms);
        }
    }
    return -1;
}

/* Searches the text instead of parsing it, because servers put these members at
 * different depths: Google puts them in a list of details. */
int64_t chutes__delay_in_json(struct chutes__slice json)
{
    static const struct unit members[] = {
        {"\"retrydelay\"", 1000},
        {"\"retry_after_ms\"", 1},
        {"\"retry_after_seconds\"", 1000},
        {"\"retry_after\"", 1000},
    };

    struct chutes__slice begin = beginning_of(json);

    for (size_t i = 0; i < CHUTES__COUNT(members); i++) {
        const char *found = chutes__slice_find_nocase(begin, members[i].name);
        struct cursor cursor = {found, json.data + json.len};
        double ms;

        if (found == NULL) {
            continue;
        }
        cursor.at += strlen(members[i].name);
        skip_blanks(&cursor);
        if (!take_word(&cursor, ":")) {
            continue;
        }
        skip_blanks(&cursor);
        (void)take_word(&cursor, "\"");
        ms = read_duration(&cursor, members[i].ms);
        if (ms >= 0) {
            return to_ms(ms);
        }
    }
    return -1;
}
