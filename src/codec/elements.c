/* SPDX-License-Identifier: MIT */
/* Reads the elements of an array that has been validated already. */
#include "codec/elements.h"

void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array)
{
    chutes__json_init_lenient(reader, array.data, array.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_array(reader);
}

size_t chutes__elements_count(struct chutes__slice array)
{
    struct chutes__json_reader reader;
    size_t count = 0;

    chutes__elements_open(&reader, array);
    while (chutes__json_next_element(&reader)) {
        chutes__json_skip(&reader);
        count++;
    }
    return count;
}

bool chutes__elements_keep_texts(const struct chutes__json_value *value,
                                 struct chutes__arena *arena,
                                 const char *const **texts, size_t *count)
{
    struct chutes__json_reader reader;
    struct chutes__json_value element;
    const char **list;
    size_t capacity = 0;

    if (value->type == CHUTES__JSON_ARRAY) {
        capacity = chutes__elements_count(value->text);
    }
    if (capacity == 0) {
        return true;
    }
    list = chutes__arena_alloc(arena, capacity, sizeof(*list));
    if (list == NULL) {
        return false;
    }
    *texts = list;
    chutes__elements_open(&reader, value->text);
    while (chutes__json_next_element(&reader)) {
        chutes__json_read(&reader, &element);
        if (element.type != CHUTES__JSON_STRING) {
            continue;
        }
        list[*count] = chutes__json_dup_string(&element, arena, NULL);
        if (list[*count] == NULL) {
            return false;
        }
        ++*count;
    }
    return true;
}
