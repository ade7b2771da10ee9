/* SPDX-License-Identifier: MIT */
/* Recognises the error that the gateway of Chutes appends to an answer. */
#include "codec/gateway_tail.h"

#include "codec/api_error.h"
#include "json/reader.h"

static const char OPEN[] = "{\"error\":";

/* Returns the object that begins before `words`; empty if none does. */
static struct chutes__slice find_object(struct chutes__slice end,
                                        const char *words)
{
    struct chutes__slice before = {end.data, (size_t)(words - end.data)};

    while (chutes__slice_ends_with(before, " ")) {
        before.len--;
    }
    if (!chutes__slice_ends_with(before, OPEN)) {
        return (struct chutes__slice){"", 0};
    }
    before.data += before.len - strlen(OPEN);
    return (struct chutes__slice){before.data,
                                  (size_t)(end.data + end.len - before.data)};
}

chutes_status chutes__gateway_tail_check(struct chutes__slice end,
                                         chutes_error *error)
{
    struct chutes__slice object;
    const char *words;

    if (!chutes__slice_ends_with(end, "\"}")) {
        return CHUTES_OK; /* nearly always, and the search is slow */
    }
    if (end.len > CHUTES__MAX_GATEWAY_TAIL) {
        end.data += end.len - CHUTES__MAX_GATEWAY_TAIL;
        end.len = CHUTES__MAX_GATEWAY_TAIL;
    }
    words = chutes__slice_find_nocase(
        end, "\"unhandled exception during response stream");
    if (words == NULL) {
        return CHUTES_OK;
    }
    object = find_object(end, words);
    if (!chutes__json_is_valid_answer(object.data, object.len, 1) ||
        !chutes__api_error_read(object.data, object.len, false, error)) {
        return CHUTES_OK;
    }
    error->status = CHUTES_ERR_STREAM;
    return CHUTES_ERR_STREAM;
}
