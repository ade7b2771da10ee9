/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FIELDS_H
#define CHUTES_CODEC_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "base/slice.h"
#include "json/reader.h"

/*
 * The members of an object that a decoder knows, identified by their place in a
 * table of at most 32 names. All other members are skipped, and so are
 * repetitions of a known one: the first counts.
 *
 *     static const struct chutes__slice names[] = {CHUTES__FIELD("id"), …};
 *     struct chutes__fields fields = CHUTES__FIELDS(names);
 *
 *     chutes__json_enter_object(reader);
 *     while (chutes__fields_next(&fields, reader, &field)) {
 *         … consume the value of names[field] …
 *     }
 */
struct chutes__fields {
    const struct chutes__slice *names;
    size_t count;
    size_t next;     /* the name to try first */
    uint32_t seen;   /* one bit per name that was found */
    bool any;        /* the object has a member, known or not */
    bool has_others; /* it has an unknown one */
};

#define CHUTES__FIELD(name)    \
    {                          \
        name, sizeof(name) - 1 \
    }
#define CHUTES__FIELDS(names)                           \
    {                                                   \
        names, CHUTES__COUNT(names), 0, 0, false, false \
    }

/* Makes values absent. The type alone says that a value is absent: clearing all
 * bytes of all values for each chunk would cost as much as reading it. */
static inline void chutes__fields_clear(struct chutes__json_value *values,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i].type = CHUTES__JSON_NONE;
    }
}

/* The slow path of chutes__fields_next(). */
bool chutes__fields_search(struct chutes__fields *fields,
                           struct chutes__json_reader *reader, size_t *field);

/* Moves to the next known member and sets *field to its place in the table.
 * Returns false at the end of the object or after a fault. */
static inline bool chutes__fields_next(struct chutes__fields *fields,
                                       struct chutes__json_reader *reader,
                                       size_t *field)
{
    size_t i = fields->next;

    /* The name after the last one that was found is the likeliest. */
    if (i == fields->count || (fields->seen >> i & 1) != 0 ||
        !chutes__json_take_member(reader, fields->names[i])) {
        return !chutes__json_take_end(reader) &&
               chutes__fields_search(fields, reader, field);
    }
    fields->any = true;
    fields->next = i + 1;
    fields->seen |= UINT32_C(1) << i;
    *field = i;
    return true;
}

/* Reads the next value, an object: values[i] becomes the value of names[i], or
 * has type NONE. Returns false after skipping a value that is not an object. */
bool chutes__fields_read(const struct chutes__slice *names, size_t count,
                         struct chutes__json_reader *reader,
                         struct chutes__json_value *values);

/* Does the same for an object that was read before. Returns false and makes all
 * values absent if it is not an object. */
bool chutes__fields_of(const struct chutes__json_value *object,
                       const struct chutes__slice *names, size_t count,
                       struct chutes__json_value *values);

#endif
