/* SPDX-License-Identifier: MIT */
/*
 * Skipping and entering must agree on what is valid, and whatever is valid
 * decodes to clean UTF-8, at once or later.
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

/* A string that is decoded while it is read equals one that is decoded
 * later. */
static void check_text(const char *text, size_t size)
{
    struct chutes__json_room room = {malloc(size + 1), size};
    char *room_bytes = room.at;
    struct chutes__json_reader readers[2];
    struct chutes__json_value values[2];
    struct chutes__buf decoded[2];

    for (size_t i = 0; i < 2; i++) {
        chutes__json_init(&readers[i], text, size, DEPTH);
        readers[i].room = i == 0 ? &room : NULL;
        chutes__json_read_text(&readers[i], &values[i]);
        chutes__buf_init(&decoded[i], SIZE_MAX);
        if (values[i].type == CHUTES__JSON_STRING &&
            chutes__json_append_string(&values[i], &decoded[i]) != CHUTES_OK) {
            abort();
        }
    }
    if (values[0].type != values[1].type || readers[0].at != readers[1].at ||
        readers[0].fault_at != readers[1].fault_at ||
        decoded[0].len != decoded[1].len ||
        memcmp(decoded[0].data, decoded[1].data, decoded[0].len) != 0) {
        abort();
    }
    chutes__buf_dispose(&decoded[0]);
    chutes__buf_dispose(&decoded[1]);
    free(room_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    check_text(text, size);

    if (json_walk(text, size, DEPTH, check_string) !=
        chutes__json_is_valid(text, size, DEPTH)) {
        abort();
    }
    return 0;
}
