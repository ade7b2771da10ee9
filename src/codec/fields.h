/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FIELDS_H
#define CHUTES_CODEC_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/reader.h"

/*
 * The members of an object that a decoder knows, told by their place in a
 * table of at most 32 names. Others are skipped, and so is every repetition of
 * a known one: the first of duplicates wins.
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
    size_t next;   /* where to look first */
    uint32_t seen; /* bit: that field was told */
    bool any;      /* the object has a member, known or not */
};

#define CHUTES__FIELD(name)    \
    {                          \
        name, sizeof(name) - 1 \
    }
#define CHUTES__FIELDS(names)                                  \
    {                                                          \
        names, sizeof(names) / sizeof((names)[0]), 0, 0, false \
    }

/* Makes values absent. An absent value is known by its type alone, and writing
 * nothing else is worth it: clearing all of these for each chunk would cost as
 * much as reading it. */
static inline void chutes__fields_clear(struct chutes__json_value *values,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i].type = CHUTES__JSON_NONE;
    }
}

/* False when the object ended or the reader has a fault. */
bool chutes__fields_next(struct chutes__fields *fields,
                         struct chutes__json_reader *reader, size_t *field);

/* Reads the object that comes next: values[i] becomes what names[i] holds, or
 * type NONE. False, with the value skipped, when it is no object. */
bool chutes__fields_read(const struct chutes__slice *names, size_t count,
                         struct chutes__json_reader *reader,
                         struct chutes__json_value *values);

/* The same of an object that was read before. False, with nothing in values,
 * when it is none. */
bool chutes__fields_of(const struct chutes__json_value *object,
                       const struct chutes__slice *names, size_t count,
                       struct chutes__json_value *values);

#endif
