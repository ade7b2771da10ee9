/* SPDX-License-Identifier: MIT */
#include "json_walk.h"

bool json_walk(const char *text, size_t len, size_t max_depth,
               void (*on_value)(const struct chutes__json_value *value))
{
    bool in_object[CHUTES__JSON_MAX_DEPTH];
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t depth = 0;

    chutes__json_init(&reader, text, len, max_depth);
    do {
        enum chutes__json_type type = chutes__json_peek(&reader);

        if (type == CHUTES__JSON_OBJECT && chutes__json_enter_object(&reader)) {
            in_object[depth++] = true;
        } else if (type == CHUTES__JSON_ARRAY &&
                   chutes__json_enter_array(&reader)) {
            in_object[depth++] = false;
        } else {
            chutes__json_read(&reader, &value);
            if (on_value != NULL) {
                on_value(&value);
            }
        }
        while (depth > 0 && !(in_object[depth - 1]
                                  ? chutes__json_next_member(&reader, &value)
                                  : chutes__json_next_element(&reader))) {
            depth--;
        }
    } while (depth > 0);
    return chutes__json_finish(&reader);
}
