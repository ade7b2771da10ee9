/* SPDX-License-Identifier: MIT */
/*
 * Skipping and entering must agree on what is valid, and whatever is valid
 * decodes to clean UTF-8.
 */
#include "base/utf8.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct chutes__json_value *value)
{
    struct chutes__buf buf;

    chutes__buf_init(&buf, SIZE_MAX);
    if (chutes__json_append_string(value, &buf) != CHUTES_OK ||
        chutes__utf8_valid_prefix(buf.data, buf.len) != buf.len ||
        strlen(buf.data) != buf.len ||
        !chutes__json_decodes_to(value, buf.data)) {
        abort();
    }
    chutes__buf_dispose(&buf);
}

static bool walk(const char *text, size_t len)
{
    bool in_object[DEPTH];
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t depth = 0;

    chutes__json_init(&reader, text, len, DEPTH);
    do {
        enum chutes__json_type type = chutes__json_peek(&reader);

        if (type == CHUTES__JSON_OBJECT && chutes__json_enter_object(&reader)) {
            in_object[depth++] = true;
        } else if (type == CHUTES__JSON_ARRAY &&
                   chutes__json_enter_array(&reader)) {
            in_object[depth++] = false;
        } else {
            chutes__json_read(&reader, &value);
            if (value.type == CHUTES__JSON_STRING) {
                check_string(&value);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    if (walk(text, size) != chutes__json_is_valid(text, size, DEPTH)) {
        abort();
    }
    return 0;
}
