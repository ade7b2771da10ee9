/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_EXTRA_H
#define CHUTES_JSON_EXTRA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/reader.h"

enum {
    CHUTES__JSON_EXTRA_MAX = 64, /* members */
    /* Levels of the extra_json of a tool call. A conversation in which it is
     * saved has four more, and may have 64. */
    CHUTES__JSON_EXTRA_DEPTH = 60
};

/* The members of an object that a struct has no fields for, as an object of
 * their own without blanks. */
struct chutes__json_extra {
    struct chutes__buf buf; /* "" if there is nothing, otherwise an object */
    size_t count;
};

/* The names of the members that the struct has fields for. */
struct chutes__json_names {
    const struct chutes__slice *names;
    size_t count;
};

/* Returns true if the key is one of the names. */
bool chutes__json_names_have(const struct chutes__json_names *names,
                             const struct chutes__json_value *key);

/* Moves to the next member of an object that has none of the names and isn't
 * null, and reads it. Returns false at the end of the object. */
bool chutes__json_next_other(struct chutes__json_reader *reader,
                             const struct chutes__json_names *names,
                             struct chutes__json_value *key,
                             struct chutes__json_value *value);

/* Returns true if valid JSON is an object that has one of the names. */
bool chutes__json_has_one_of(struct chutes__slice json, size_t max_depth,
                             const struct chutes__json_names *names);

/* Appends a member as it stands in a text, from the quote of its key to the end
 * of its value. Returns CHUTES_OK, _ERR_TOO_LARGE (too many members or, if the
 * buffer has a limit, bytes) or _ERR_NO_MEMORY. On failure nothing changes. For
 * a moment, the buffer holds one byte more than in the end. */
chutes_status chutes__json_extra_append(struct chutes__json_extra *extra,
                                        struct chutes__slice member)
    __attribute__((warn_unused_result));

#endif
