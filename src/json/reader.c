/* SPDX-License-Identifier: MIT */
/* The pull reader: containers, keys and values. scan.h and scan.c scan its
 * tokens. A level of nesting takes one bit, so the reader needs neither
 * recursion nor allocations. */
#include "json/reader.h"

#include "base/utf8.h"
#include "json/scan.h"

#include <assert.h>
#include <string.h>

/* The type of a value by its first byte. Bytes that start no value map to
 * NONE. */
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
    assert(max_depth >= 1 && max_depth <= CHUTES__JSON_MAX_DEPTH);
    reader->begin = text;
    reader->at = text;
    reader->end = text + len;
    reader->fault = NULL;
    reader->fault_at = 0;
    reader->depth = 0;
    reader->max_depth = max_depth;
    reader->fresh = true;
    reader->is_deep = false;
    reader->is_lenient = false;
    reader->room = NULL;
    /* `objects` needs no init: a level's bit is written when it is entered. */
    chutes__json_load_window(reader, text);
}

void chutes__json_init_lenient(struct chutes__json_reader *reader,
                               const char *text, size_t len, size_t max_depth)
{
    chutes__json_init(reader, text, len, max_depth);
    reader->is_lenient = true;
}

CHUTES__JSON_HOT enum chutes__json_type
find_type(const struct chutes__json_reader *reader, const char *at)
{
    return at == reader->end
               ? CHUTES__JSON_NONE
               : (enum chutes__json_type)TYPES[(unsigned char)*at];
}

CHUTES__JSON_HOT const char *skip_string(struct chutes__json_reader *reader,
                                         const char *at)
{
    bool plain = false;
    const char *quote = chutes__json_scan_string(reader, at + 1, &plain);

    return quote == NULL ? NULL : quote + 1;
}

CHUTES__JSON_HOT const char *read_string(struct chutes__json_reader *reader,
                                         const char *at,
                                         struct chutes__json_value *value)
{
    const char *quote;

    value->type = CHUTES__JSON_STRING;
    value->plain = true;
    quote = chutes__json_scan_string(reader, at + 1, &value->plain);
    if (quote == NULL) {
        return NULL;
    }
    value->text.data = at + 1;
    value->text.len = (size_t)(quote - (at + 1));
    return quote + 1;
}

static const char *fail_deep(struct chutes__json_reader *reader, const char *at)
{
    reader->is_deep = reader->fault == NULL;
    return chutes__json_fail(reader, at, "nested too deeply");
}

/* Enters the container whose opening bracket is at `at`. */
CHUTES__JSON_HOT const char *enter(struct chutes__json_reader *reader,
                                   const char *at, enum chutes__json_type type)
{
    size_t level = reader->depth;
    uint64_t bit = (uint64_t)1 << level % 64;

    if (level == reader->max_depth) {
        return fail_deep(reader, at);
    }
    if (type == CHUTES__JSON_OBJECT) {
        reader->objects[level / 64] |= bit;
    } else {
        reader->objects[level / 64] &= ~bit;
    }
    reader->depth = level + 1;
    reader->fresh = true;
    return at + 1;
}

/* Leaves the container whose closing bracket is at `at`. */
CHUTES__JSON_HOT const char *leave(struct chutes__json_reader *reader,
                                   const char *at)
{
    assert(reader->depth > 0);
    reader->depth--;
    reader->fresh = false;
    return at + 1;
}

CHUTES__JSON_HOT bool is_in_object(const struct chutes__json_reader *reader)
{
    size_t level = reader->depth - 1;

    return (reader->objects[level / 64] >> level % 64 & 1) != 0;
}

/* Moves the reader past a token. Returns false if the token was a fault (`at`
 * is NULL): chutes__json_fail() has then moved the reader to the end. */
CHUTES__JSON_HOT bool move_to(struct chutes__json_reader *reader,
                              const char *at)
{
    if (at != NULL) {
        reader->at = at;
    }
    return at != NULL;
}

/* Moves *at to the next member or element, past its comma. Returns false after
 * a fault, or at the end of the container, which it leaves. */
CHUTES__JSON_HOT bool reach_next(struct chutes__json_reader *reader,
                                 const char **at, char closing)
{
    const char *next = chutes__json_skip_blanks(*at, reader->end);
    bool is_first = reader->fresh;

    reader->fresh = false;
    if (next == reader->end) {
        *at = chutes__json_fail(reader, next, CHUTES__JSON_ENDS_EARLY);
        return false;
    }
    if (*next == closing) {
        *at = leave(reader, next);
        return false;
    }
    if (is_first) {
        *at = next;
        return true;
    }
    if (*next != ',') {
        *at = chutes__json_fail(reader, next,
                                "neither a comma nor the closing bracket");
        return false;
    }
    /* A closing bracket after a comma is rejected later, because no key or
     * value starts with it. */
    *at = chutes__json_skip_blanks(next + 1, reader->end);
    return true;
}

CHUTES__JSON_HOT const char *check_key(struct chutes__json_reader *reader,
                                       const char *at)
{
    if (at == reader->end || *at != '"') {
        return chutes__json_fail(reader, at, "no key starts here");
    }
    return at;
}

CHUTES__JSON_HOT const char *skip_colon(struct chutes__json_reader *reader,
                                        const char *at)
{
    at = chutes__json_skip_blanks(at, reader->end);
    if (at == reader->end || *at != ':') {
        return chutes__json_fail(reader, at, "no colon after a key");
    }
    return at + 1;
}

/* Most keys are short and plain, and servers write no blanks around them:
 * `,"key":`. Returns the position after the colon. If the key is not that
 * simple, returns NULL without consuming or recording anything. */
CHUTES__JSON_HOT const char *scan_simple_key(struct chutes__json_reader *reader,
                                             const char *at, size_t *len)
{
    bool has_comma = !reader->fresh;
    uint64_t special;

    if (reader->end - at < 2 || at[0] != (has_comma ? ',' : '"') ||
        at[has_comma] != '"') {
        return NULL;
    }
    at += has_comma + 1;
    special = chutes__json_peek_special(reader, at);
    if (special == 0) {
        return NULL;
    }
    *len = (size_t)__builtin_ctzll(special);
    at += *len;
    if (reader->end - at < 2 || at[0] != '"' || at[1] != ':') {
        return NULL;
    }
    reader->fresh = false;
    return at + 2;
}

/* Consumes any key and its colon. Returns NULL after a fault, or at the end of
 * the object, which it leaves. */
CHUTES__JSON_COLD const char *read_any_key(struct chutes__json_reader *reader,
                                           const char *at,
                                           struct chutes__json_value *key)
{
    if (!reach_next(reader, &at, '}')) {
        move_to(reader, at);
        return NULL;
    }
    at = check_key(reader, at);
    if (at != NULL) {
        at = read_string(reader, at, key);
    }
    return at == NULL ? NULL : skip_colon(reader, at);
}

CHUTES__JSON_HOT const char *scan_word(struct chutes__json_reader *reader,
                                       const char *at,
                                       enum chutes__json_type type)
{
    const char *behind;

    switch (type) {
    case CHUTES__JSON_NULL:
        return chutes__json_scan_literal(reader, at, "null", 4);
    case CHUTES__JSON_FALSE:
        return chutes__json_scan_literal(reader, at, "false", 5);
    case CHUTES__JSON_TRUE:
        return chutes__json_scan_literal(reader, at, "true", 4);
    default:
        break;
    }
    behind = chutes__json_scan_nonfinite(reader, at);
    return behind != NULL ? behind : chutes__json_fail_value(reader, at);
}

/* Consumes a scalar, or the opening bracket of a container. Tests the likely
 * types first: a switch would compile to an indirect jump, which is hard to
 * predict. */
CHUTES__JSON_HOT const char *step_into(struct chutes__json_reader *reader,
                                       const char *at)
{
    enum chutes__json_type type = find_type(reader, at);

    if (type == CHUTES__JSON_STRING) {
        return skip_string(reader, at);
    }
    if (type == CHUTES__JSON_NUMBER) {
        return chutes__json_scan_number(reader, at);
    }
    if (type >= CHUTES__JSON_ARRAY) {
        return enter(reader, at, type);
    }
    return scan_word(reader, at, type);
}

/* Moves to the next value in the container. Returns NULL after a fault, or at
 * the end of the container, which it leaves. */
CHUTES__JSON_HOT const char *reach_sibling(struct chutes__json_reader *reader,
                                           const char *at)
{
    struct chutes__json_value key;
    const char *behind;
    size_t len;

    if (!is_in_object(reader)) {
        if (reach_next(reader, &at, ']')) {
            return at;
        }
        move_to(reader, at);
        return NULL;
    }
    behind = scan_simple_key(reader, at, &len);
    return behind != NULL ? behind : read_any_key(reader, at, &key);
}

static const char *skip_value(struct chutes__json_reader *reader,
                              const char *at)
{
    size_t floor = reader->depth;

    at = step_into(reader, at);
    while (at != NULL && reader->depth > floor) {
        at = reach_sibling(reader, at);
        /* NULL means that a container was left: go on after it. After a fault,
         * the depth is 0, so the loop ends. */
        at = at == NULL
                 ? reader->at
                 : step_into(reader, chutes__json_skip_blanks(at, reader->end));
    }
    return reader->fault == NULL ? at : NULL;
}

enum chutes__json_type chutes__json_peek(struct chutes__json_reader *reader)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);
    enum chutes__json_type type = find_type(reader, at);

    /* At the end of the whole text there is no value; anywhere else, a missing
     * value is a fault. */
    if (type == CHUTES__JSON_NONE && (at < reader->end || reader->depth > 0)) {
        if (chutes__json_scan_nonfinite(reader, at) != NULL) {
            return CHUTES__JSON_NUMBER;
        }
        chutes__json_fail_value(reader, at);
    }
    return type;
}

bool chutes__json_enter_object(struct chutes__json_reader *reader)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);

    if (find_type(reader, at) != CHUTES__JSON_OBJECT) {
        chutes__json_fail(reader, at, "not an object");
        return false;
    }
    return move_to(reader, enter(reader, at, CHUTES__JSON_OBJECT));
}

bool chutes__json_enter_array(struct chutes__json_reader *reader)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);

    if (find_type(reader, at) != CHUTES__JSON_ARRAY) {
        chutes__json_fail(reader, at, "not an array");
        return false;
    }
    return move_to(reader, enter(reader, at, CHUTES__JSON_ARRAY));
}

bool chutes__json_next_member(struct chutes__json_reader *reader,
                              struct chutes__json_value *key)
{
    const char *at = reader->at;
    const char *behind;

    /* A comma is consumed together with the key after it, so this bracket can't
     * follow one. */
    if (chutes__json_take_end(reader)) {
        return false;
    }
    behind = scan_simple_key(reader, at, &key->text.len);
    if (behind == NULL) {
        return move_to(reader, read_any_key(reader, at, key));
    }
    key->type = CHUTES__JSON_STRING;
    key->plain = true;
    key->text.data = behind - 2 - key->text.len;
    reader->at = behind;
    return true;
}

bool chutes__json_next_element(struct chutes__json_reader *reader)
{
    const char *at = reader->at;
    bool is_there = reach_next(reader, &at, ']');

    move_to(reader, at);
    return is_there;
}

void chutes__json_skip(struct chutes__json_reader *reader)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);

    reader->fresh = false;
    move_to(reader, skip_value(reader, at));
}

/* Consumes a value that is not a string. */
CHUTES__JSON_HOT const char *read_other(struct chutes__json_reader *reader,
                                        const char *begin,
                                        struct chutes__json_value *value)
{
    const char *at;

    value->type = find_type(reader, begin);
    value->plain = false;
    value->text.data = begin;
    at = value->type < CHUTES__JSON_ARRAY ? step_into(reader, begin)
                                          : skip_value(reader, begin);
    value->text.len = at == NULL ? 0 : (size_t)(at - begin);
    if (value->type == CHUTES__JSON_NONE) {
        value->type = CHUTES__JSON_NUMBER; /* one that isn't finite */
    }
    return at;
}

void chutes__json_read(struct chutes__json_reader *reader,
                       struct chutes__json_value *value)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);

    reader->fresh = false;
    if (at < reader->end && *at == '"') {
        at = read_string(reader, at, value);
    } else {
        at = read_other(reader, at, value);
    }
    if (!move_to(reader, at)) {
        /* An absent value whose empty slice is still safe to read. */
        *value = (struct chutes__json_value){.text.data = reader->end};
    }
}

bool chutes__json_finish(struct chutes__json_reader *reader)
{
    const char *at = chutes__json_skip_blanks(reader->at, reader->end);

    /* At the top level, `fresh` means that no value was read at all. */
    if (reader->fault == NULL && (reader->depth > 0 || reader->fresh)) {
        chutes__json_fail(reader, at, CHUTES__JSON_ENDS_EARLY);
    } else if (at != reader->end) {
        chutes__json_fail(reader, at, "more text after the value");
    }
    return reader->fault == NULL;
}
