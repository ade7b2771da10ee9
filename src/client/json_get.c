/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read single values of JSON.
 */
#include <chutes/json.h>

#include <string.h>

#include "base/buf.h"
#include "json/reader.h"

enum { MAX_NAME = 128 };

/* Moves to the member that has this name. Returns false if there is none. */
static bool enter_member(struct chutes__json_reader *reader,
                         struct chutes__slice name)
{
    struct chutes__json_value key;
    char literal[MAX_NAME];

    if (name.len >= sizeof(literal) ||
        chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        return false;
    }
    memcpy(literal, name.data, name.len);
    literal[name.len] = '\0';
    chutes__json_enter_object(reader);
    while (chutes__json_next_member(reader, &key)) {
        if (chutes__json_key_is(&key, literal)) {
            return true;
        }
        chutes__json_skip(reader);
    }
    return false;
}

static bool enter_element(struct chutes__json_reader *reader, size_t index)
{
    if (chutes__json_peek(reader) != CHUTES__JSON_ARRAY) {
        return false;
    }
    chutes__json_enter_array(reader);
    while (chutes__json_next_element(reader)) {
        if (index == 0) {
            return true;
        }
        index--;
        chutes__json_skip(reader);
    }
    return false;
}

/* Reads the number of "[12]" and moves behind it. */
static bool take_index(const char **path, size_t *index)
{
    const char *at = *path + 1;

    *index = 0;
    do {
        if (!chutes__is_digit(*at) || *index > SIZE_MAX / 10 - 1) {
            return false;
        }
        *index = *index * 10 + (size_t)(*at - '0');
        at++;
    } while (*at != ']');
    *path = at + 1;
    return true;
}

/* Moves the reader to the value that the path names. */
static bool follow(struct chutes__json_reader *reader, const char *path)
{
    size_t index;

    for (const char *at = path; *at != '\0';) {
        if (*at == '[') {
            if (!take_index(&at, &index) || !enter_element(reader, index)) {
                return false;
            }
            continue;
        }
        /* A dot separates a name from what is before it. */
        if (at != path && *at++ != '.') {
            return false;
        }
        if (!enter_member(reader,
                          (struct chutes__slice){at, strcspn(at, ".[")})) {
            return false;
        }
        at += strcspn(at, ".[");
    }
    return true;
}

/* Returns false if the path names no value. */
static bool read_value(const char *json, size_t len, const char *path,
                       struct chutes__json_value *value)
{
    struct chutes__json_reader reader;

    if (json == NULL) {
        return false;
    }
    chutes__json_init_lenient(&reader, json, len, CHUTES__JSON_MAX_DEPTH);
    if (!follow(&reader, path)) {
        return false;
    }
    chutes__json_read(&reader, value);
    return value->type != CHUTES__JSON_NONE;
}

const char *chutes_json_find(const char *json, size_t len, const char *path,
                             size_t *value_len)
{
    struct chutes__json_value value;
    size_t quotes;

    *value_len = 0;
    if (!read_value(json, len, path, &value)) {
        return NULL;
    }
    quotes = value.type == CHUTES__JSON_STRING ? 1 : 0;
    *value_len = value.text.len + 2 * quotes;
    return value.text.data - quotes;
}

int chutes_json_get_int64(const char *json, size_t len, const char *path,
                          int64_t *number)
{
    struct chutes__json_value value;
    int64_t got;

    if (!read_value(json, len, path, &value) ||
        !chutes__json_to_int64(&value, &got)) {
        return 0;
    }
    *number = got;
    return 1;
}

int chutes_json_get_double(const char *json, size_t len, const char *path,
                           double *number)
{
    struct chutes__json_value value;

    return read_value(json, len, path, &value) &&
           chutes__json_to_double(&value, number);
}

char *chutes_json_get_string(const char *json, size_t len, const char *path)
{
    struct chutes__json_value value;
    struct chutes__buf text;
    char *string = NULL;

    if (!read_value(json, len, path, &value) ||
        value.type != CHUTES__JSON_STRING) {
        return NULL;
    }
    chutes__buf_init(&text, SIZE_MAX);
    if (chutes__json_append_string(&value, &text) == CHUTES_OK) {
        string = chutes__buf_take(&text);
    }
    chutes__buf_dispose(&text);
    return string;
}
