/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TOOLKIT_SCHEMA_DECODER_H
#define CHUTES_TOOLKIT_SCHEMA_DECODER_H

#include "base/arena.h"
#include "toolkit/schema.h"
#include "json/reader.h"

/* The state of reading JSON into a struct. Only schema_decode.c and
 * schema_value.c use it. Failures are CHUTES_ERR_MISMATCH at the current path,
 * or CHUTES_ERR_NO_MEMORY. */
struct chutes__schema_decoder {
    struct chutes__json_reader reader;
    struct chutes__arena *arena;
    struct chutes__schema_path path;
    chutes_error *error;
    size_t room; /* bytes that elements and inner structs may still need */
};

/* The most of a value that an error shows. */
enum { CHUTES__SCHEMA_MAX_SHOWN = 40 };

chutes_status
chutes__schema_fail_memory(const struct chutes__schema_decoder *decoder);

/* Fails because the text is not JSON. */
chutes_status
chutes__schema_fail_grammar(const struct chutes__schema_decoder *decoder);

chutes_status
chutes__schema_fail_at(const struct chutes__schema_decoder *decoder,
                       const char *reason);

/* Fails because the next value is something else than what was expected. */
chutes_status chutes__schema_fail_type(struct chutes__schema_decoder *decoder,
                                       const char *expected);

/* Fails unless the count is at least `least` and at most `most`; 0 is no
 * limit. */
chutes_status
chutes__schema_check_count(const struct chutes__schema_decoder *decoder,
                           size_t least, size_t most, const char *what,
                           size_t found);

/* Stores a value that is not an object at `target`, if it is what the field
 * wants. */
chutes_status chutes__schema_keep_value(struct chutes__schema_decoder *decoder,
                                        const chutes_field *field,
                                        const struct chutes__json_value *value,
                                        void *target);

#endif
