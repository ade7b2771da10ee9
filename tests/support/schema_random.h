/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_TESTS_SCHEMA_RANDOM_H
#define CHUTES_TESTS_SCHEMA_RANDOM_H

#include <chutes/schema.h>

#include "base/arena.h"
#include "base/buf.h"

/* Random tables of structs, and random JSON that fits them. */
struct schema_random {
    uint64_t state;             /* the seed */
    struct chutes__arena arena; /* holds the tables */
};

/* Makes a schema, in which everything may occur that a table can have. It is
 * valid until the arena is disposed of. */
const chutes_schema *schema_random_table(struct schema_random *random);

/* Appends JSON that fits the schema, as chutes_schema_encode() writes it. */
void schema_random_json(struct schema_random *random,
                        const chutes_schema *schema, struct chutes__buf *buf);

#endif
