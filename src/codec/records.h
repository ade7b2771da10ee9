/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_RECORDS_H
#define CHUTES_CODEC_RECORDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "json/reader.h"

/* Reads a list of objects into structs, as a table says. */

enum chutes__record_kind {
    CHUTES__RECORD_TEXT,   /* const char *; "" if it is something else */
    CHUTES__RECORD_NUMBER, /* double; -1 if it is something else */
    CHUTES__RECORD_COUNT   /* int64_t; likewise */
};

/* A member of the struct. */
struct chutes__record_member {
    size_t offset;
    enum chutes__record_kind kind;
};

struct chutes__record_type {
    /* At most 32. The first one is a text that no record lacks. */
    const struct chutes__slice *names;
    const struct chutes__record_member *members;
    size_t count;
    size_t size; /* sizeof() the struct */
};

/* Fills a struct with the values of the names. CHUTES_ERR_NO_MEMORY: describes
 * that. */
chutes_status chutes__record_fill(const struct chutes__record_type *type,
                                  const struct chutes__json_value *values,
                                  struct chutes__arena *arena, void *record,
                                  chutes_error *error);

/* Reads all records of a value, which messages call `list`. Stores an array of
 * pointers to them. The memory stays in proportion to the text. Describes a
 * failure: CHUTES_ERR_PROTOCOL or CHUTES_ERR_NO_MEMORY. */
chutes_status chutes__records_read(const struct chutes__record_type *type,
                                   const struct chutes__json_value *value,
                                   const char *list,
                                   struct chutes__arena *arena,
                                   const void *const **records, size_t *count,
                                   chutes_error *error);

#endif
