/* SPDX-License-Identifier: MIT */
/* Collects the members of an object that a struct has no fields for. */
#include "json/extra.h"

bool chutes__json_names_have(const struct chutes__json_names *names,
                             const struct chutes__json_value *key)
{
    for (size_t i = 0; i < names->count; i++) {
        if (chutes__json_key_is(key, names->names[i].data)) {
            return true;
        }
    }
    return false;
}

bool chutes__json_next_other(struct chutes__json_reader *reader,
                             const struct chutes__json_names *names,
                             struct chutes__json_value *key,
                             struct chutes__json_value *value)
{
    while (chutes__json_next_member(reader, key)) {
        chutes__json_read(reader, value);
        if (value->type > CHUTES__JSON_NULL &&
            !chutes__json_names_have(names, key)) {
            return true;
        }
    }
    return false;
}

bool chutes__json_has_one_of(struct chutes__slice json, size_t max_depth,
                             const struct chutes__json_names *names)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    bool is_found = false;

    chutes__json_init(&reader, json.data, json.len, max_depth);
    chutes__json_enter_object(&reader);
    while (!is_found && chutes__json_next_member(&reader, &key)) {
        is_found = chutes__json_names_have(names, &key);
        chutes__json_skip(&reader);
    }
    return is_found;
}

chutes_status chutes__json_extra_append(struct chutes__json_extra *extra,
                                        struct chutes__slice member)
{
    struct chutes__buf *buf = &extra->buf;
    size_t before = buf->len;
    chutes_status status;

    if (extra->count == CHUTES__JSON_EXTRA_MAX) {
        return CHUTES_ERR_TOO_LARGE;
    }
    status = chutes__buf_append(buf, before == 0 ? "{" : ",", 1);
    if (status == CHUTES_OK) {
        status = chutes__json_append_compact(member, buf);
    }
    if (status == CHUTES_OK) {
        status = chutes__buf_append(buf, "}", 1);
    }
    if (status != CHUTES_OK) {
        chutes__buf_cut(buf, before);
        return status;
    }
    if (before > 0) {
        chutes__buf_remove(buf, before - 1, 1); /* the bracket that closed it */
    }
    extra->count++;
    return CHUTES_OK;
}
