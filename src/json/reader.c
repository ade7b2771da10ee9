/* SPDX-License-Identifier: MIT */
#include "json/reader.h"

#include "base/utf8.h"
#include "json/scan.h"

#include <assert.h>
#include <string.h>

static const char ENDS_EARLY[] = "the text ends too early";
static const char NO_VALUE[] = "no value starts here";

/* By its first byte; every other byte starts no value. */
static const unsigned char TYPES[256] = {
    ['n'] = CHUTES__JSON_NULL,   ['f'] = CHUTES__JSON_FALSE,
    ['t'] = CHUTES__JSON_TRUE,   ['"'] = CHUTES__JSON_STRING,
    ['['] = CHUTES__JSON_ARRAY,  ['{'] = CHUTES__JSON_OBJECT,
    ['-'] = CHUTES__JSON_NUMBER, ['0'] = CHUTES__JSON_NUMBER,
    ['1'] = CHUTES__JSON_NUMBER, ['2'] = CHUTES__JSON_NUMBER,
    ['3'] = CHUTES__JSON_NUMBER, ['4'] = CHUTES__JSON_NUMBER,
    ['5'] = CHUTES__JSON_NUMBER, ['6'] = CHUTES__JSON_NUMBER,
    ['7'] = CHUTES__JSON_NUMBER, ['8'] = CHUTES__JSON_NUMBER,
    ['9'] = CHUTES__JSON_NUMBER};

void chutes__json_init(struct chutes__json_reader *reader, const char *text,
                       size_t len, size_t max_depth)
{
    assert(max_depth >= 1 && max_depth <= CHUTES__JSON_DEPTH_MAX);
    reader->begin = text;
    reader->at = text;
    reader->end = text + len;
    reader->fault = NULL;
    reader->fault_at = 0;
    reader->depth = 0;
    reader->max_depth = max_depth;
    reader->fresh = true;
    reader->is_deep = false;
    /* A level's bit in `objects` is written when the level is entered. */
}

bool chutes__json_fail(struct chutes__json_reader *reader, const char *at,
                       const char *reason)
{
    if (reader->fault == NULL) {
        reader->fault = reason;
        reader->fault_at = (size_t)(at - reader->begin);
    }
    /* With nothing left and no level open every loop comes to its end. */
    reader->at = reader->end;
    reader->depth = 0;
    return false;
}

static inline const char *skip_blanks(const char *at, const char *end)
{
    while (at < end &&
           (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    return at;
}

/* Moves to the next value and tells its type by the first byte. */
static inline enum chutes__json_type
reach_value(struct chutes__json_reader *reader)
{
    const char *at = skip_blanks(reader->at, reader->end);

    reader->at = at;
    return at == reader->end
               ? CHUTES__JSON_NONE
               : (enum chutes__json_type)TYPES[(unsigned char)*at];
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* `at` is at the backslash; returns what follows the escape, or NULL. */
static const char *scan_escape(struct chutes__json_reader *reader,
                               const char *at)
{
    static const char simple[] = "\"\\/bfnrt";
    int i;

    at++;
    if (at == reader->end) {
        chutes__json_fail(reader, at, ENDS_EARLY);
        return NULL;
    }
    if (memchr(simple, *at, sizeof(simple) - 1) != NULL) {
        return at + 1;
    }
    if (*at != 'u') {
        chutes__json_fail(reader, at, "an unknown escape");
        return NULL;
    }
    at++;
    for (i = 0; i < 4; i++, at++) {
        if (at == reader->end || !is_hex(*at)) {
            chutes__json_fail(reader, at, "four hex digits are missing");
            return NULL;
        }
    }
    return at;
}

struct string_facts {
    uint64_t high; /* not 0: bytes outside ASCII */
    bool escaped;
};

/* `at` is behind the opening quote; returns the closing one, or NULL. */
static inline const char *scan_string(struct chutes__json_reader *reader,
                                      const char *at,
                                      struct string_facts *facts)
{
    facts->high = 0;
    facts->escaped = false;
    for (;;) {
        at = chutes__json_find_special(at, reader->end, &facts->high);
        if (at == reader->end) {
            chutes__json_fail(reader, at, ENDS_EARLY);
            return NULL;
        }
        if (*at == '"') {
            return at;
        }
        if (*at != '\\') {
            chutes__json_fail(reader, at, "a control character in a string");
            return NULL;
        }
        facts->escaped = true;
        at = scan_escape(reader, at);
        if (at == NULL) {
            return NULL;
        }
    }
}

static inline const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

const char *chutes__json_scan_number(const char *at, const char *end,
                                     const char **fault)
{
    const char *digits = at + (at < end && *at == '-');

    at = skip_digits(digits, end);
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        *fault = at == digits ? at : digits + 1;
        return NULL;
    }
    if (at < end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits) {
            *fault = at;
            return NULL;
        }
    }
    if (at < end && (*at | 0x20) == 'e') {
        digits = at + 1;
        digits += digits < end && (*digits == '+' || *digits == '-');
        at = skip_digits(digits, end);
        if (at == digits) {
            *fault = at;
            return NULL;
        }
    }
    return at;
}

/* Consumes a scalar that is no string. */
static inline bool skip_number(struct chutes__json_reader *reader)
{
    const char *fault;
    const char *at = chutes__json_scan_number(reader->at, reader->end, &fault);

    if (at == NULL) {
        return chutes__json_fail(reader, fault, "a malformed number");
    }
    reader->at = at;
    return true;
}

static inline bool skip_literal(struct chutes__json_reader *reader,
                                const char *literal, size_t len)
{
    if ((size_t)(reader->end - reader->at) < len ||
        memcmp(reader->at, literal, len) != 0) {
        return chutes__json_fail(reader, reader->at, NO_VALUE);
    }
    reader->at += len;
    return true;
}

static inline bool skip_string(struct chutes__json_reader *reader)
{
    struct string_facts facts;
    const char *quote = scan_string(reader, reader->at + 1, &facts);

    if (quote == NULL) {
        return false;
    }
    reader->at = quote + 1;
    return true;
}

/* Consumes a string; the value's bytes lie between the quotes. */
static inline bool read_string(struct chutes__json_reader *reader,
                               struct chutes__json_value *value)
{
    const char *text = reader->at + 1;
    struct string_facts facts;
    const char *quote = scan_string(reader, text, &facts);

    if (quote == NULL) {
        return false;
    }
    value->type = CHUTES__JSON_STRING;
    value->text.data = text;
    value->text.len = (size_t)(quote - text);
    value->plain =
        !facts.escaped &&
        (facts.high == 0 ||
         chutes__utf8_valid_prefix(text, value->text.len) == value->text.len);
    reader->at = quote + 1;
    return true;
}

/* Consumes an opening bracket that is there. */
static inline bool enter(struct chutes__json_reader *reader,
                         enum chutes__json_type type)
{
    size_t level = reader->depth;
    uint64_t bit = (uint64_t)1 << level % 64;

    if (level == reader->max_depth) {
        reader->is_deep = reader->fault == NULL;
        return chutes__json_fail(reader, reader->at, "nested too deeply");
    }
    if (type == CHUTES__JSON_OBJECT) {
        reader->objects[level / 64] |= bit;
    } else {
        reader->objects[level / 64] &= ~bit;
    }
    reader->depth = level + 1;
    reader->fresh = true;
    reader->at++;
    return true;
}

static inline bool is_in_object(const struct chutes__json_reader *reader)
{
    size_t level = reader->depth - 1;

    return (reader->objects[level / 64] >> level % 64 & 1) != 0;
}

/* Moves behind the comma, if one is due. False: the container has ended and
 * was left, or a fault. */
static inline bool reach_next(struct chutes__json_reader *reader, char closing)
{
    const char *at = skip_blanks(reader->at, reader->end);
    bool is_first = reader->fresh;

    if (at == reader->end) {
        return chutes__json_fail(reader, at, ENDS_EARLY);
    }
    reader->fresh = false;
    if (*at == closing) {
        assert(reader->depth > 0);
        reader->depth--;
        reader->at = at + 1;
        return false;
    }
    if (is_first) {
        reader->at = at;
        return true;
    }
    if (*at != ',') {
        return chutes__json_fail(reader, at,
                                 "neither a comma nor the closing bracket");
    }
    reader->at = skip_blanks(at + 1, reader->end);
    return true;
}

/* As reach_next(), and makes sure that a key starts there. */
static inline bool reach_key(struct chutes__json_reader *reader)
{
    if (!reach_next(reader, '}')) {
        return false;
    }
    if (reader->at == reader->end || *reader->at != '"') {
        return chutes__json_fail(reader, reader->at, "no key starts here");
    }
    return true;
}

static inline bool skip_colon(struct chutes__json_reader *reader)
{
    const char *at = skip_blanks(reader->at, reader->end);

    if (at == reader->end || *at != ':') {
        return chutes__json_fail(reader, at, "no colon behind a key");
    }
    reader->at = at + 1;
    return true;
}

enum chutes__json_type chutes__json_peek(struct chutes__json_reader *reader)
{
    enum chutes__json_type type = reach_value(reader);

    if (type == CHUTES__JSON_NONE && reader->at < reader->end) {
        chutes__json_fail(reader, reader->at, NO_VALUE);
    } else if (type == CHUTES__JSON_NONE && reader->depth > 0) {
        chutes__json_fail(reader, reader->at, ENDS_EARLY);
    }
    return type;
}

bool chutes__json_enter_object(struct chutes__json_reader *reader)
{
    if (reach_value(reader) != CHUTES__JSON_OBJECT) {
        return chutes__json_fail(reader, reader->at, "not an object");
    }
    return enter(reader, CHUTES__JSON_OBJECT);
}

bool chutes__json_enter_array(struct chutes__json_reader *reader)
{
    if (reach_value(reader) != CHUTES__JSON_ARRAY) {
        return chutes__json_fail(reader, reader->at, "not an array");
    }
    return enter(reader, CHUTES__JSON_ARRAY);
}

bool chutes__json_next_member(struct chutes__json_reader *reader,
                              struct chutes__json_value *key)
{
    return reach_key(reader) && read_string(reader, key) && skip_colon(reader);
}

bool chutes__json_next_element(struct chutes__json_reader *reader)
{
    return reach_next(reader, ']');
}

/* Consumes a scalar or an opening bracket. */
static inline void step_into(struct chutes__json_reader *reader)
{
    enum chutes__json_type type = reach_value(reader);

    reader->fresh = false;
    switch (type) {
    case CHUTES__JSON_STRING:
        skip_string(reader);
        break;
    case CHUTES__JSON_NUMBER:
        skip_number(reader);
        break;
    case CHUTES__JSON_OBJECT:
    case CHUTES__JSON_ARRAY:
        enter(reader, type);
        break;
    case CHUTES__JSON_NULL:
        skip_literal(reader, "null", 4);
        break;
    case CHUTES__JSON_FALSE:
        skip_literal(reader, "false", 5);
        break;
    case CHUTES__JSON_TRUE:
        skip_literal(reader, "true", 4);
        break;
    case CHUTES__JSON_NONE:
        chutes__json_fail(reader, reader->at,
                          reader->at == reader->end ? ENDS_EARLY : NO_VALUE);
        break;
    }
}

/* Moves to the next value of the innermost container; as reach_next(). */
static inline bool reach_sibling(struct chutes__json_reader *reader)
{
    if (is_in_object(reader)) {
        return reach_key(reader) && skip_string(reader) && skip_colon(reader);
    }
    return reach_next(reader, ']');
}

void chutes__json_skip(struct chutes__json_reader *reader)
{
    size_t floor = reader->depth;

    do {
        step_into(reader);
        while (reader->depth > floor && !reach_sibling(reader)) {
        }
    } while (reader->depth > floor);
}

void chutes__json_read(struct chutes__json_reader *reader,
                       struct chutes__json_value *value)
{
    enum chutes__json_type type = reach_value(reader);
    const char *begin = reader->at;

    if (type == CHUTES__JSON_STRING && read_string(reader, value)) {
        reader->fresh = false;
        return;
    }
    chutes__json_skip(reader);
    value->type = reader->fault == NULL ? type : CHUTES__JSON_NONE;
    value->plain = false;
    value->text.data = begin;
    value->text.len = reader->fault == NULL ? (size_t)(reader->at - begin) : 0;
}

bool chutes__json_finish(struct chutes__json_reader *reader)
{
    if (reader->fault != NULL) {
        return false;
    }
    reader->at = skip_blanks(reader->at, reader->end);
    if (reader->depth > 0 || reader->fresh) {
        return chutes__json_fail(reader, reader->at, ENDS_EARLY);
    }
    if (reader->at != reader->end) {
        return chutes__json_fail(reader, reader->at,
                                 "more text behind the value");
    }
    return true;
}

bool chutes__json_is_valid(const char *text, size_t len, size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init(&reader, text, len, max_depth);
    chutes__json_skip(&reader);
    return chutes__json_finish(&reader);
}
