/* SPDX-License-Identifier: MIT */
/*
 * Skipping and entering must agree on what is valid, and whatever is valid
 * decodes to clean UTF-8.
 */
#include "base/utf8.h"
#include "json/reader.h"

#include "json_walk.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct chutes__json_value *value)
{
    struct chutes__buf buf;

    if (value->type != CHUTES__JSON_STRING) {
        return;
    }
    chutes__buf_init(&buf, SIZE_MAX);
    if (chutes__json_append_string(value, &buf) != CHUTES_OK ||
        chutes__utf8_valid_prefix(buf.data, buf.len) != buf.len ||
        strlen(buf.data) != buf.len ||
        !chutes__json_decodes_to(value, buf.data)) {
        abort();
    }
    chutes__buf_dispose(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    if (json_walk(text, size, DEPTH, check_string) !=
        chutes__json_is_valid(text, size, DEPTH)) {
        abort();
    }
    return 0;
}
