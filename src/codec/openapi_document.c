/* SPDX-License-Identifier: MIT */
/* Finds the parts of an OpenAPI document. */
#include "codec/openapi_document.h"

#include <string.h>

#include "base/error.h"
#include "codec/fault.h"
#include "codec/fields.h"

enum {
    MAX_SCHEMAS = 256,
    MAX_COPIES = 3,   /* each as long as the whole text */
    MAX_SEARCHES = 4, /* through the whole text */
    /* Bytes that may be searched in addition, because a small text may refer to
     * a large part of itself from each of its endpoints. */
    MORE_SEARCHED = 1 << 19
};

struct chutes__openapi_schema {
    struct chutes__json_value name;
    struct chutes__json_value value;
};

struct chutes__json_value
chutes__openapi_member(const struct chutes__json_value *object,
                       const char *name)
{
    const struct chutes__slice names[] = {chutes__slice_of(name)};
    struct chutes__json_value found;

    (void)chutes__fields_of(object, names, 1, &found);
    return found;
}

struct chutes__json_value
chutes__openapi_follow(struct chutes__json_value object,
                       const char *const *names)
{
    while (*names != NULL) {
        object = chutes__openapi_member(&object, *names++);
    }
    return object;
}

bool chutes__openapi_open(struct chutes__json_reader *reader,
                          const struct chutes__json_value *object)
{
    if (object->type != CHUTES__JSON_OBJECT) {
        return false;
    }
    /* The whole document has been validated. */
    chutes__json_init_lenient(reader, object->text.data, object->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    return chutes__json_enter_object(reader);
}

bool chutes__openapi_spend(struct chutes__openapi *document, size_t *budget,
                           size_t len)
{
    if (len > *budget) {
        document->is_exhausted = true;
        return false;
    }
    *budget -= len;
    return true;
}

const char *chutes__openapi_text(struct chutes__openapi *document,
                                 const struct chutes__json_value *string)
{
    if (string->type != CHUTES__JSON_STRING) {
        return "";
    }
    return chutes__openapi_spend(document, &document->copies, string->text.len)
               ? chutes__json_dup_string(string, document->arena, NULL)
               : NULL;
}

/* ---- schemas ------------------------------------------------------------- */

/* Returns false if memory runs out. */
static bool list_schemas(struct chutes__openapi *document)
{
    static const char *const names[] = {"components", "schemas", NULL};
    const struct chutes__json_value schemas =
        chutes__openapi_follow(document->root, names);
    struct chutes__openapi_schema *next =
        chutes__arena_alloc(document->arena, MAX_SCHEMAS, sizeof(*next));
    struct chutes__json_reader reader;

    document->schemas = next;
    if (next == NULL || !chutes__openapi_open(&reader, &schemas)) {
        return next != NULL;
    }
    while (document->schema_count < MAX_SCHEMAS &&
           chutes__json_next_member(&reader, &next->name)) {
        chutes__json_read(&reader, &next->value);
        document->schema_count++;
        next++;
    }
    return true;
}

struct chutes__json_value
chutes__openapi_resolve(struct chutes__openapi *document,
                        struct chutes__json_value schema)
{
    static const char prefix[] = "#/components/schemas/";
    struct chutes__json_value reference =
        chutes__openapi_member(&schema, "$ref");
    const char *path;

    if (reference.type != CHUTES__JSON_STRING ||
        !chutes__slice_starts_with(reference.text, prefix)) {
        return schema;
    }
    path = chutes__openapi_text(document, &reference);
    for (size_t i = 0; path != NULL && i < document->schema_count; i++) {
        const struct chutes__openapi_schema *found = &document->schemas[i];

        if (chutes__json_key_is(&found->name, path + strlen(prefix)) &&
            chutes__openapi_spend(document, &document->searches,
                                  found->value.text.len)) {
            return found->value;
        }
    }
    return (struct chutes__json_value){0};
}

chutes_status chutes__openapi_read(struct chutes__openapi *document,
                                   struct chutes__slice text, size_t max_depth,
                                   struct chutes__arena *arena,
                                   chutes_error *error)
{
    struct chutes__json_reader reader;

    *document = (struct chutes__openapi){.arena = arena,
                                         .copies = MAX_COPIES * text.len,
                                         .searches = MAX_SEARCHES * text.len +
                                                     MORE_SEARCHED};
    chutes__json_init_lenient(&reader, text.data, text.len, max_depth);
    chutes__json_read(&reader, &document->root);
    if (!chutes__json_finish(&reader)) {
        return chutes__fault_report(&reader, error);
    }
    return list_schemas(document)
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}
