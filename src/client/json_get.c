/* SPDX-License-Identifier: MIT */
/*
 * The exported functions that read JSON.
 */
#include <chutes/json.h>

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "json/reader.h"

enum { MAX_NAME = 128, CHECKED_DEPTH = 64 };

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

/* Reads the number of "[12]" and moves past it. */
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

/* Returns the source text of a value, including the quotes of a string. */
static struct chutes__slice quote(const struct chutes__json_value *value)
{
    size_t quotes = value->type == CHUTES__JSON_STRING ? 1 : 0;

    return (struct chutes__slice){value->text.data - quotes,
                                  value->text.len + 2 * quotes};
}

const char *chutes_json_find(const char *json, size_t len, const char *path,
                             size_t *value_len)
{
    struct chutes__json_value value;
    struct chutes__slice found;

    *value_len = 0;
    if (!read_value(json, len, path, &value)) {
        return NULL;
    }
    found = quote(&value);
    *value_len = found.len;
    return found.data;
}

static chutes_json_type name_type(enum chutes__json_type type)
{
    static const chutes_json_type names[] = {
        [CHUTES__JSON_NONE] = CHUTES_JSON_NONE,
        [CHUTES__JSON_NULL] = CHUTES_JSON_NULL,
        [CHUTES__JSON_FALSE] = CHUTES_JSON_BOOL,
        [CHUTES__JSON_TRUE] = CHUTES_JSON_BOOL,
        [CHUTES__JSON_NUMBER] = CHUTES_JSON_NUMBER,
        [CHUTES__JSON_STRING] = CHUTES_JSON_STRING,
        [CHUTES__JSON_ARRAY] = CHUTES_JSON_ARRAY,
        [CHUTES__JSON_OBJECT] = CHUTES_JSON_OBJECT,
    };

    return names[type];
}

chutes_json_type chutes_json_get_type(const char *json, size_t len,
                                      const char *path)
{
    struct chutes__json_value value;

    return read_value(json, len, path, &value) ? name_type(value.type)
                                               : CHUTES_JSON_NONE;
}

int chutes_json_get_bool(const char *json, size_t len, const char *path,
                         int *value)
{
    struct chutes__json_value found;

    if (!read_value(json, len, path, &found) ||
        (found.type != CHUTES__JSON_TRUE && found.type != CHUTES__JSON_FALSE)) {
        return 0;
    }
    *value = found.type == CHUTES__JSON_TRUE;
    return 1;
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
    double found;

    if (!read_value(json, len, path, &value) ||
        !chutes__json_to_double(&value, &found) || !isfinite(found)) {
        return 0;
    }
    *number = found;
    return 1;
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

int chutes_json_copy_string(const char *json, size_t len, const char *path,
                            char *text, size_t size)
{
    struct chutes__json_value value;
    struct chutes__buf buf;

    chutes__buf_init_fixed(&buf, text, size);
    return read_value(json, len, path, &value) &&
           value.type == CHUTES__JSON_STRING &&
           chutes__json_append_string(&value, &buf) == CHUTES_OK;
}

chutes_status chutes_json_check(const char *json, size_t len,
                                chutes_error *error)
{
    struct chutes__json_reader reader;

    chutes__error_clear(error);
    if (json == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "json must not be NULL");
    }
    chutes__json_init(&reader, json, len, CHECKED_DEPTH);
    chutes__json_skip(&reader);
    if (!chutes__json_finish(&reader)) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "invalid JSON at byte %zu: %s", reader.fault_at,
                            reader.fault);
    }
    return CHUTES_OK;
}

/* ---- arrays and objects -------------------------------------------------- */

int chutes_json_iterate(chutes_json_iterator *iterator, const char *json,
                        size_t len, const char *path)
{
    struct chutes__json_value value;

    memset(iterator, 0, sizeof(*iterator));
    if (!read_value(json, len, path, &value) ||
        value.type < CHUTES__JSON_ARRAY) {
        return 0;
    }
    iterator->is_object_ = value.type == CHUTES__JSON_OBJECT;
    iterator->rest_ = value.text.data + 1;
    iterator->rest_len_ = value.text.len - 1;
    return 1;
}

/* Moves a reader into the container, before what the iterator has left of
 * it. */
static void resume(struct chutes__json_reader *reader,
                   const chutes_json_iterator *iterator)
{
    chutes__json_init_lenient(reader, iterator->rest_, iterator->rest_len_,
                              CHUTES__JSON_MAX_DEPTH);
    reader->depth = 1;
    reader->objects[0] = iterator->is_object_ != 0;
    reader->fresh = iterator->next_index_ == 0;
}

int chutes_json_next(chutes_json_iterator *iterator)
{
    struct chutes__json_value key = {.type = CHUTES__JSON_NONE};
    struct chutes__json_value value;
    struct chutes__json_reader reader;
    struct chutes__slice found;

    if (iterator->rest_ == NULL) {
        return 0;
    }
    resume(&reader, iterator);
    if (!(iterator->is_object_ != 0 ? chutes__json_next_member(&reader, &key)
                                    : chutes__json_next_element(&reader))) {
        iterator->rest_ = NULL;
        return 0;
    }
    chutes__json_read(&reader, &value);
    found = quote(&value);
    iterator->type = name_type(value.type);
    iterator->value = found.data;
    iterator->value_len = found.len;
    if (iterator->is_object_ != 0) {
        found = quote(&key);
        iterator->key = found.data;
        iterator->key_len = found.len;
    }
    iterator->index = iterator->next_index_++;
    iterator->rest_ = reader.at;
    iterator->rest_len_ = (size_t)(reader.end - reader.at);
    return 1;
}

int chutes_json_key_is(const chutes_json_iterator *iterator, const char *name)
{
    struct chutes__json_value key = {.type = CHUTES__JSON_STRING};

    if (iterator->key == NULL) {
        return 0;
    }
    key.text.data = iterator->key + 1;
    key.text.len = iterator->key_len - 2;
    return chutes__json_decodes_to(&key, name);
}
