/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FIELDS_H
#define CHUTES_CODEC_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/reader.h"

/*
 * The members of an object that a decoder knows, identified by their place in a
 * table of at most 32 names. Other members are skipped, and so is every
 * repetition of a known one: the first of duplicates counts.
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
    size_t next;   /* the name to try first */
    uint32_t seen; /* one bit per name: it was found */
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

/* Makes values absent. Only their type is written, which is what makes a value
 * absent: clearing all of their bytes for each chunk would cost as much as
 * reading it. */
static inline void chutes__fields_clear(struct chutes__json_value *values,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        values[i].type = CHUTES__JSON_NONE;
    }
}

/* Moves to the next known member; *field is its place in the table. False: the
 * object has ended or the reader has a fault. */
bool chutes__fields_next(struct chutes__fields *fields,
                         struct chutes__json_reader *reader, size_t *field);

/* Reads the next value, an object: values[i] becomes the value of names[i], or
 * type NONE. False: it is no object, and was skipped. */
bool chutes__fields_read(const struct chutes__slice *names, size_t count,
                         struct chutes__json_reader *reader,
                         struct chutes__json_value *values);

/* The same for an object that was read before. False: it is no object, and all
 * values are absent. */
bool chutes__fields_of(const struct chutes__json_value *object,
                       const struct chutes__slice *names, size_t count,
                       struct chutes__json_value *values);

#endif
