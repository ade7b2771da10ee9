/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_RECORDS_H
#define CHUTES_CODEC_RECORDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "json/reader.h"

/* Reads a list of objects into structs, according to a table. */

enum chutes__record_kind {
    CHUTES__RECORD_TEXT,   /* const char *; "" if it is something else */
    CHUTES__RECORD_NUMBER, /* double; -1 if it is something else */
    CHUTES__RECORD_COUNT,  /* int64_t; likewise */
    CHUTES__RECORD_TIME,   /* int64_t, in Unix seconds; likewise */
    CHUTES__RECORD_FLAG,   /* int: 1 for true, 0 for false; likewise */
    CHUTES__RECORD_OTHER   /* left to read_others */
};

/* A member of the struct. */
struct chutes__record_member {
    size_t offset;
    enum chutes__record_kind kind;
};

struct chutes__record_type {
    /* At most 32 names. The first is that of a text that every record has. */
    const struct chutes__slice *names;
    const struct chutes__record_member *members;
    size_t count;
    size_t size; /* sizeof() the struct */
    size_t most; /* records in a list; 0: any number */
    /* Sets the members that the table can't express, from the values of the
     * names and from the whole record. Fails like chutes__record_read(). NULL:
     * there are none. */
    chutes_status (*read_others)(const struct chutes__json_value *values,
                                 struct chutes__slice whole,
                                 struct chutes__arena *arena, void *record,
                                 chutes_error *error);
};

/* Fills a struct from an object; from anything else, as if all members were
 * absent. Returns CHUTES_OK, or describes CHUTES_ERR_NO_MEMORY in *error and
 * returns it. */
chutes_status chutes__record_read(const struct chutes__record_type *type,
                                  const struct chutes__json_value *object,
                                  struct chutes__arena *arena, void *record,
                                  chutes_error *error);

/* Reads all records of a value, which messages call `list`. Stores an array of
 * pointers to them, in memory proportional to the text. Fails with
 * CHUTES_ERR_PROTOCOL, CHUTES_ERR_TOO_LARGE or CHUTES_ERR_NO_MEMORY, and
 * describes the failure. */
chutes_status chutes__records_read(const struct chutes__record_type *type,
                                   const struct chutes__json_value *value,
                                   const char *list,
                                   struct chutes__arena *arena,
                                   const void *const **records, size_t *count,
                                   chutes_error *error);

#endif
