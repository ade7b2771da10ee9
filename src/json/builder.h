/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_JSON_BUILDER_H
#define CHUTES_JSON_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * Builds a JSON document by way of cJSON, which nothing outside this module
 * sees. Failures are sticky: after the first one nothing is added, so a caller
 * adds everything and asks once. `failed_field` names what failed.
 *
 * A node belongs to its document and stays valid until the builder is disposed.
 * Adding to a NULL node does nothing, so nesting needs no checks.
 */
struct chutes__json_node; /* a cJSON */

struct chutes__json_builder {
    struct chutes__json_node *root; /* an object */
    chutes_status status;           /* CHUTES_OK, _ERR_NO_MEMORY or
                                       _ERR_INVALID_ARGUMENT */
    const char *failed_field;       /* path given by the caller; borrowed */
    const char *reason;             /* constant: why it is invalid */
    size_t max_depth;               /* for JSON handed in by the caller */
};

void chutes__json_builder_init(struct chutes__json_builder *builder,
                               size_t max_depth);
void chutes__json_builder_dispose(struct chutes__json_builder *builder);

/* Each adds under `key` when `parent` is an object, appends when it is an
 * array (key NULL). `field` is the caller's name for it in error messages. */

/* Checked as UTF-8. */
void chutes__json_add_string(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             const char *text, const char *field);
void chutes__json_add_int(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          int64_t number);
/* The fewest digits that read back as the same double, with a point whatever
 * the locale; a failure when it is not finite. */
void chutes__json_add_double(struct chutes__json_builder *builder,
                             struct chutes__json_node *parent, const char *key,
                             double number);
void chutes__json_add_bool(struct chutes__json_builder *builder,
                           struct chutes__json_node *parent, const char *key,
                           bool value);
/* JSON of the caller, embedded word for word once the reader has found it to
 * be one document of the wanted type (CHUTES__JSON_NONE: any) and in UTF-8. */
void chutes__json_add_raw(struct chutes__json_builder *builder,
                          struct chutes__json_node *parent, const char *key,
                          const char *json, int wanted_type, const char *field);
struct chutes__json_node *
chutes__json_add_object(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *key);
struct chutes__json_node *
chutes__json_add_array(struct chutes__json_builder *builder,
                       struct chutes__json_node *parent, const char *key);

/* Merges the members of an object of the caller into `parent`, their values
 * word for word: a key that is there already is replaced. `refused_key` (may be
 * NULL) is an error. */
void chutes__json_merge(struct chutes__json_builder *builder,
                        struct chutes__json_node *parent, const char *json,
                        const char *refused_key, const char *field);

/* Records a failure of the caller's own, unless there is one already. */
void chutes__json_builder_fail(struct chutes__json_builder *builder,
                               chutes_status status, const char *field,
                               const char *reason);

/* The compact text; appended to buf, whose limit may give
 * CHUTES_ERR_TOO_LARGE. Returns builder->status when that is a failure. */
chutes_status chutes__json_builder_print(struct chutes__json_builder *builder,
                                         struct chutes__buf *buf)
    __attribute__((warn_unused_result));

/* Appends the text as a JSON string, quotes included.
 * CHUTES_ERR_INVALID_ARGUMENT when it is not UTF-8. */
chutes_status chutes__json_append_quoted(struct chutes__buf *buf,
                                         const char *text)
    __attribute__((warn_unused_result));

/* The version of cJSON in the process. */
const char *chutes__json_backend_version(void);

#endif
