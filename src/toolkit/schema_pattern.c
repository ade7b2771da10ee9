/* SPDX-License-Identifier: MIT */
/*
 * Patterns of strings: the part of regular expressions that all servers agree
 * on. A pattern is a row of places, each of which takes one character; some
 * places may be skipped or repeated. The matcher keeps the set of places at
 * which the text so far can end, and reads each atom of the pattern at most
 * once for a character of the text, so no pattern makes it slow.
 */
#include "toolkit/schema.h"

#include "base/utf8.h"

#include <stdlib.h>

enum { MAX_PLACES = CHUTES_SCHEMA_MAX_PATTERN };

enum repeat { ONCE, MAYBE, ANY_NUMBER };

struct place {
    const char *atom; /* in the pattern */
    enum repeat repeat;
};

struct places {
    struct place at[MAX_PLACES];
    size_t count;
    const char *fault; /* or NULL */
};

/* ---- characters ---------------------------------------------------------- */

static bool is_class_letter(char c)
{
    return c != '\0' && strchr("dDwWsS", c) != NULL;
}

/* Returns the length of the character at `at`, escaped or not; 0: none. */
static size_t measure_character(const char *at)
{
    int len;

    if (*at == '\\') {
        /* Other letters and digits would have a meaning of their own. */
        bool is_known = at[1] > ' ' && at[1] < 0x7F &&
                        !chutes__is_digit(at[1]) &&
                        (!chutes__is_letter(at[1]) || is_class_letter(at[1]));

        return is_known ? 2 : 0;
    }
    len = *at == '\0' ? 0 : chutes__utf8_sequence(at, strlen(at));
    return len > 0 ? (size_t)len : 0;
}

/* Returns the code point at `at`, which is whole and valid, and its length. */
static uint32_t decode(const char *at, size_t *len)
{
    unsigned char first = (unsigned char)*at;
    uint32_t point = first;

    *len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (*len > 1) {
        point = first & (0x7FU >> *len);
    }
    for (size_t i = 1; i < *len; i++) {
        point = point << 6 | ((unsigned char)at[i] & 0x3FU);
    }
    return point;
}

static bool is_in_class(char letter, uint32_t point)
{
    char c = '\0';

    if (point < 0x80) {
        c = (char)point;
    }
    switch (letter) {
    case 'd':
        return chutes__is_digit(c);
    case 'w':
        return chutes__is_digit(c) || chutes__is_letter(c) || c == '_';
    case 's':
        return c == ' ' || (c >= '\t' && c <= '\r');
    default: /* D, W, S: the opposite of the small letter */
        return !is_in_class((char)(letter + ('a' - 'A')), point);
    }
}

/* Matches one character of a pattern, and moves behind it. `*last` receives its
 * code point, or 0 for a class. */
static bool take_single(const char **at, uint32_t point, uint32_t *last)
{
    size_t len;

    *last = 0;
    if (**at == '\\' && is_class_letter((*at)[1])) {
        *at += 2;
        return is_in_class((*at)[-1], point);
    }
    *at += **at == '\\';
    *last = decode(*at, &len);
    *at += len;
    return *last == point;
}

/* ---- reading a pattern --------------------------------------------------- */

static size_t measure_in_set(const char *at)
{
    return *at == '[' ? 0 : measure_character(at);
}

/* Returns the code point of a character of a pattern, or 0 for a class. */
static uint32_t point_at(const char *at)
{
    uint32_t point;

    (void)take_single(&at, 0, &point);
    return point;
}

/* Returns the length of a range whose first character has this length. Returns
 * 0 if it has no meaning: a range from a class, to a class, or from a later
 * character to an earlier one. */
static size_t measure_range(const char *at, size_t len)
{
    size_t high = measure_in_set(at + len + 1);
    uint32_t lowest = point_at(at);

    if (high == 0 || lowest == 0 || lowest > point_at(at + len + 1)) {
        return 0;
    }
    return len + 1 + high;
}

/* Returns the length of a set such as [a-z_], or 0. */
static size_t measure_set(const char *at)
{
    const char *begin = at++;

    at += *at == '^';
    if (*at == ']') {
        return 0;
    }
    while (*at != ']') {
        size_t len = measure_in_set(at);

        if (len > 0 && at[len] == '-' && at[len + 1] != ']') {
            len = measure_range(at, len);
        }
        if (len == 0) {
            return 0;
        }
        at += len;
    }
    return (size_t)(at - begin) + 1;
}

static size_t measure_atom(const char *at)
{
    if (*at == '[') {
        return measure_set(at);
    }
    return *at == '\0' || strchr("^$()|*+?{}]", *at) != NULL
               ? 0
               : measure_character(at);
}

static void add(struct places *places, const char *atom, enum repeat repeat,
                unsigned long count)
{
    for (; count > 0; count--) {
        if (places->count == MAX_PLACES) {
            places->fault =
                "the pattern's counts add up to too many characters";
            return;
        }
        places->at[places->count++] = (struct place){atom, repeat};
    }
}

/* Reads at most three digits, so that the number is small. */
static const char *read_count(const char *at, unsigned long *count)
{
    const char *begin = at;

    *count = 0;
    while (chutes__is_digit(*at) && at - begin < 3) {
        *count = *count * 10 + (unsigned long)(*at++ - '0');
    }
    return at == begin ? NULL : at;
}

/* Adds an atom as often as {n}, {n,} or {n,m} says. Returns what follows, or
 * NULL. */
static const char *add_counted(struct places *places, const char *atom,
                               const char *at)
{
    unsigned long least;
    unsigned long most;

    at = read_count(at + 1, &least);
    if (at == NULL) {
        return NULL;
    }
    most = least;
    add(places, atom, ONCE, least);
    if (*at == ',' && at[1] == '}') {
        add(places, atom, ANY_NUMBER, 1);
        return at + 2;
    }
    if (*at == ',') {
        at = read_count(at + 1, &most);
    }
    if (at == NULL || *at != '}' || most < least) {
        return NULL;
    }
    add(places, atom, MAYBE, most - least);
    return at + 1;
}

static const char *add_repeated(struct places *places, const char *atom,
                                const char *at)
{
    switch (*at) {
    case '{':
        return add_counted(places, atom, at);
    case '+':
        add(places, atom, ONCE, 1);
        add(places, atom, ANY_NUMBER, 1);
        return at + 1;
    case '*':
        add(places, atom, ANY_NUMBER, 1);
        return at + 1;
    case '?':
        add(places, atom, MAYBE, 1);
        return at + 1;
    default:
        add(places, atom, ONCE, 1);
        return at;
    }
}

static void read_pattern(struct places *places, const char *pattern)
{
    const char *at = pattern + 1;

    places->count = 0;
    places->fault = NULL;
    while (at != NULL && *at != '$' && places->fault == NULL) {
        const char *atom = at;
        size_t len = measure_atom(at);

        if (len == 0) {
            places->fault =
                "the pattern is wrong or has groups or alternatives";
            return;
        }
        at = add_repeated(places, atom, at + len);
    }
    if (places->fault == NULL && (at == NULL || at[1] != '\0')) {
        places->fault = "the pattern has a wrong count or text behind its $";
    }
}

const char *chutes__schema_pattern_check(const char *pattern)
{
    struct places places;

    if (strnlen(pattern, CHUTES_SCHEMA_MAX_PATTERN + 1) >
        CHUTES_SCHEMA_MAX_PATTERN) {
        return "the pattern is too long";
    }
    if (pattern[0] != '^') {
        return "the pattern must begin with ^ and end with $";
    }
    read_pattern(&places, pattern);
    return places.fault;
}

/* ---- matching ------------------------------------------------------------ */

static bool set_takes(const char *at, uint32_t point)
{
    bool is_opposite = at[1] == '^';
    bool is_in = false;

    at += is_opposite ? 2 : 1;
    while (*at != ']') {
        uint32_t low;
        uint32_t high;

        is_in = take_single(&at, point, &low) || is_in;
        if (at[0] == '-' && at[1] != ']') {
            at++;
            is_in = take_single(&at, point, &high) || is_in;
            is_in = (low <= point && point <= high) || is_in;
        }
    }
    return is_in != is_opposite;
}

static bool atom_takes(const char *atom, uint32_t point)
{
    uint32_t last;

    if (*atom == '.') {
        return point != '\n' && point != '\r';
    }
    return *atom == '[' ? set_takes(atom, point)
                        : take_single(&atom, point, &last);
}

/* Each place that may be left out passes its mark on. */
static void skip_places(const struct places *places, bool *marks)
{
    for (size_t i = 0; i < places->count; i++) {
        marks[i + 1] =
            marks[i + 1] || (marks[i] && places->at[i].repeat != ONCE);
    }
}

/* Moves the marks over one character. Returns false if none is left. */
static bool move_marks(const struct places *places, bool *marks, uint32_t point)
{
    const char *atom = NULL;
    bool takes = false;
    bool is_left = false;

    /* The loop starts at the end, so that a mark moves by one place only. */
    marks[places->count] = false;
    for (size_t i = places->count; i-- > 0;) {
        const struct place *place = &places->at[i];

        if (!marks[i]) {
            continue;
        }
        if (place->atom != atom) { /* {n} has one place for each repetition */
            atom = place->atom;
            takes = atom_takes(atom, point);
        }
        marks[i + 1] = marks[i + 1] || takes;
        marks[i] = takes && place->repeat == ANY_NUMBER;
        is_left = is_left || takes;
    }
    return is_left;
}

bool chutes__schema_pattern_matches(const char *pattern,
                                    struct chutes__slice text)
{
    struct places places;
    bool marks[MAX_PLACES + 1] = {true};
    const char *end = text.data + text.len;
    size_t len;

    read_pattern(&places, pattern);
    skip_places(&places, marks);
    for (const char *at = text.data; at < end; at += len) {
        if (!move_marks(&places, marks, decode(at, &len))) {
            return false;
        }
        skip_places(&places, marks);
    }
    return marks[places.count];
}

size_t chutes__schema_count_characters(struct chutes__slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    }
    return count;
}
