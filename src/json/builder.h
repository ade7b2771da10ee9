/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_BUILDER_H
#define CHUTES_JSON_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Builds a JSON document with cJSON, which no other module uses. Failures are
 * sticky: after the first one nothing is added, so a caller adds everything and
 * checks once. `failed_field` names the field that failed.
 *
 * The builder owns all nodes; they are valid until it is disposed. Adding to a
 * NULL node does nothing, so a caller need not check nested nodes.
 */
struct chutes__json_node; /* a cJSON */

struct chutes__json_builder {
    struct chutes__json_node *root; /* an object */
    chutes_status status;           /* CHUTES_OK, _ERR_NO_MEMORY or
                                       _ERR_INVALID_ARGUMENT */
    const char *failed_field;       /* path that the caller passed in */
    const char *reason;             /* why it is invalid: a constant */
    size_t max_depth;               /* limit for the caller's JSON */
};

void chutes__json_builder_init(struct chutes__json_builder *builder,
                               size_t max_depth);
void chutes__json_builder_dispose(struct chutes__json_builder *builder);

/* Each of these adds a member `key` to an object, or an element to an array
 * (`key` is then NULL). Error messages call it `field`. */

/* Fails if the text is not UTF-8. */
void chutes__json_add_string(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             const char *text, const char *field);
void chutes__json_add_int(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          int64_t number);
/* Writes the fewest digits that read back as the same double, with a decimal
 * point in every locale. Fails if the number is not finite. */
void chutes__json_add_double(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             double number);
void chutes__json_add_bool(struct chutes__json_builder *builder,
                           struct chutes__json_node *parent, const char *key,
                           bool value);
/* Adds the caller's JSON unchanged, after checking that it is UTF-8 and one
 * document of the wanted type (CHUTES__JSON_NONE: any type). */
void chutes__json_add_raw(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          const char *json, int wanted_type, const char *field);
struct chutes__json_node *
chutes__json_add_object(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *key);
struct chutes__json_node *
chutes__json_add_array(struct chutes__json_builder *builder,
                       struct chutes__json_node *parent, const char *key);

/* Merges the members of the caller's object into `parent`. Their values are
 * added unchanged and replace members with the same key. Fails if the object
 * has a member `refused_key`, which may be NULL. */
void chutes__json_merge(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *json,
                        const char *refused_key, const char *field);

/* Records a failure that the caller found, unless one is recorded already. */
void chutes__json_builder_fail(struct chutes__json_builder *builder,
                               chutes_status status, const char *field,
                               const char *reason);

/* Appends the document to buf, without blanks. Returns builder->status if it is
 * a failure, or else a status of chutes__buf_append(). */
chutes_status chutes__json_builder_print(struct chutes__json_builder *builder,
                                         struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Appends the text as a JSON string, including the quotes. Returns
 * CHUTES_ERR_INVALID_ARGUMENT if it is not UTF-8. */
chutes_status chutes__json_append_quoted(struct chutes__buf *buf,
                                         const char *text)
    __attribute__((warn_unused_result));

/* Returns the version of the cJSON library that is loaded. */
const char *chutes__json_backend_version(void);

#endif
