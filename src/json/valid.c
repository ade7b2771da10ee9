/* SPDX-License-Identifier: MIT */
/* Validates a text: the reader checks what it skips. */
#include "json/reader.h"

static bool skip_all(struct chutes__json_reader *reader)
{
    chutes__json_skip(reader);
    return chutes__json_finish(reader);
}

bool chutes__json_is_valid(const char *text, size_t len, size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init(&reader, text, len, max_depth);
    return skip_all(&reader);
}

bool chutes__json_is_valid_answer(const char *text, size_t len,
                                  size_t max_depth)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text, len, max_depth);
    return skip_all(&reader);
}
