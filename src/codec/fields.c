/* SPDX-License-Identifier: MIT */
/* Finds the members of an object by name. Servers write them in the same order
 * each time, so the next name of the table is tried before the table is
 * searched. */
#include "codec/fields.h"

#include <string.h>

/* A key with escapes or invalid UTF-8 must be decoded before it is compared. */
static size_t find_decoded(const struct chutes__fields *fields,
                           const struct chutes__json_value *key)
{
    size_t i = 0;

    while (i < fields->count &&
           !chutes__json_key_is(key, fields->names[i].data)) {
        i++;
    }
    return i;
}

static size_t find_field(const struct chutes__fields *fields,
                         const struct chutes__json_value *key)
{
    size_t len = key->text.len;
    size_t i;

    if (!key->plain) {
        return find_decoded(fields, key);
    }
    for (i = 0; i < fields->count; i++) {
        if (fields->names[i].len == len &&
            fields->names[i].data[0] == key->text.data[0] &&
            memcmp(fields->names[i].data, key->text.data, len) == 0) {
            break;
        }
    }
    return i;
}

static bool is_new(struct chutes__fields *fields, size_t i)
{
    uint32_t bit = UINT32_C(1) << i;
    bool is_first = (fields->seen & bit) == 0;

    fields->seen |= bit;
    return is_first;
}

bool chutes__fields_search(struct chutes__fields *fields,
                           struct chutes__json_reader *reader, size_t *field)
{
    struct chutes__json_value key;

    while (chutes__json_next_member(reader, &key)) {
        size_t i = find_field(fields, &key);

        fields->any = true;
        if (i < fields->count && is_new(fields, i)) {
            fields->next = i + 1;
            *field = i;
            return true;
        }
        fields->has_others = fields->has_others || i == fields->count;
        chutes__json_skip(reader);
    }
    return false;
}

bool chutes__fields_read(const struct chutes__slice *names, size_t count,
                         struct chutes__json_reader *reader,
                         struct chutes__json_value *values)
{
    struct chutes__fields fields = {names, count, 0, 0, false, false};
    size_t field;

    memset(values, 0, count * sizeof(*values));
    if (chutes__json_peek(reader) != CHUTES__JSON_OBJECT) {
        chutes__json_skip(reader);
        return false;
    }
    chutes__json_enter_object(reader);
    while (chutes__fields_next(&fields, reader, &field)) {
        chutes__json_read(reader, &values[field]);
    }
    return true;
}

bool chutes__fields_of(const struct chutes__json_value *object,
                       const struct chutes__slice *names, size_t count,
                       struct chutes__json_value *values)
{
    struct chutes__json_reader reader;

    if (object->type != CHUTES__JSON_OBJECT) {
        memset(values, 0, count * sizeof(*values));
        return false;
    }
    chutes__json_init_lenient(&reader, object->text.data, object->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    return chutes__fields_read(names, count, &reader, values);
}
