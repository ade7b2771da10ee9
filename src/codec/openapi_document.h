/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPENAPI_DOCUMENT_H
#define CHUTES_CODEC_OPENAPI_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <chutes/status.h>

#include "base/arena.h"
#include "json/reader.h"

/*
 * An OpenAPI document, whose parts refer to its schemas. Many endpoints and
 * fields may refer to the same schema, so two budgets keep the cost of a
 * hostile document proportional to its length.
 */
struct chutes__openapi {
    struct chutes__json_value root;
    struct chutes__openapi_schema *schemas; /* in the arena */
    size_t schema_count;
    struct chutes__arena *arena;
    size_t copies;   /* bytes of text that may still be copied */
    size_t searches; /* bytes of schemas that may still be searched */
    bool is_exhausted;
};

/* Reads the text, which must outlive the document. On failure, describes it and
 * returns its status. */
chutes_status chutes__openapi_read(struct chutes__openapi *document,
                                   struct chutes__slice text, size_t max_depth,
                                   struct chutes__arena *arena,
                                   chutes_error *error);

/* Returns a member of an object, or a value of type NONE if there is no such
 * member. */
struct chutes__json_value
chutes__openapi_member(const struct chutes__json_value *object,
                       const char *name);

/* Follows a path of member names, which ends with NULL, and returns its
 * value. */
struct chutes__json_value
chutes__openapi_follow(struct chutes__json_value object,
                       const char *const *names);

/* Enters an object to read its members. Returns false if it is not an
 * object. */
bool chutes__openapi_open(struct chutes__json_reader *reader,
                          const struct chutes__json_value *object);

/* Takes `len` bytes from one of the budgets. Returns false if it has too
 * few. */
bool chutes__openapi_spend(struct chutes__openapi *document, size_t *budget,
                           size_t len);

/* Returns the text of a string, "" for any other value, or NULL if memory or
 * the budget runs out. */
const char *chutes__openapi_text(struct chutes__openapi *document,
                                 const struct chutes__json_value *string);

/* Returns the schema that {"$ref":"#/components/schemas/NAME"} refers to, or
 * the schema itself. It is of type NONE if there is no such schema, or no
 * budget for it. */
struct chutes__json_value
chutes__openapi_resolve(struct chutes__openapi *document,
                        struct chutes__json_value schema);

#endif
