/* SPDX-License-Identifier: MIT */
/* Reads the fields of the JSON that an endpoint takes, from its schema. The
 * limit keeps a hostile document from costing more than its length. */
#include "codec/openapi_fields.h"

#include "codec/elements.h"

enum { MAX_FIELDS = 256 };

/* Returns the value that has the type: that of the schema, or of the first
 * alternative, as Python's Optional[int] is written. */
static struct chutes__json_value
type_of(const struct chutes__json_value *schema)
{
    struct chutes__json_value type = chutes__openapi_member(schema, "type");
    struct chutes__json_value choices = chutes__openapi_member(schema, "anyOf");
    struct chutes__json_reader reader;
    struct chutes__json_value first;

    if (type.type != CHUTES__JSON_NONE || choices.type != CHUTES__JSON_ARRAY) {
        return type;
    }
    chutes__elements_open(&reader, choices.text);
    if (!chutes__json_next_element(&reader)) {
        return type;
    }
    chutes__json_read(&reader, &first);
    return chutes__openapi_member(&first, "type");
}

/* Stores a value as JSON, or NULL if there is none. Returns false if memory
 * runs out. */
static bool keep_default(struct chutes__openapi *document,
                         const struct chutes__json_value *schema,
                         const char **json)
{
    struct chutes__json_value found = chutes__openapi_member(schema, "default");
    size_t quote = found.type == CHUTES__JSON_STRING ? 1 : 0;

    *json = NULL;
    if (found.type == CHUTES__JSON_NONE || found.type == CHUTES__JSON_NULL) {
        return true;
    }
    if (chutes__openapi_spend(document, &document->copies, found.text.len)) {
        *json = chutes__arena_dup(
            document->arena,
            (struct chutes__slice){found.text.data - quote,
                                   found.text.len + 2 * quote});
    }
    return *json != NULL;
}

static bool keep_field(struct chutes__openapi *document,
                       const struct chutes__json_value *name,
                       struct chutes__json_value schema,
                       chutes_chute_field *field)
{
    struct chutes__json_value type = type_of(&schema);
    struct chutes__json_value description =
        chutes__openapi_member(&schema, "description");

    field->name = chutes__openapi_text(document, name);
    field->type = chutes__openapi_text(document, &type);
    field->description = chutes__openapi_text(document, &description);
    return field->name != NULL && field->type != NULL &&
           field->description != NULL &&
           keep_default(document, &schema, &field->default_json);
}

static void mark_required(const struct chutes__json_value *schema,
                          chutes_chute_field *fields, size_t count)
{
    struct chutes__json_value list = chutes__openapi_member(schema, "required");
    struct chutes__json_reader reader;
    struct chutes__json_value name;

    if (list.type != CHUTES__JSON_ARRAY) {
        return;
    }
    chutes__elements_open(&reader, list.text);
    for (int i = 0; i < MAX_FIELDS && chutes__json_next_element(&reader); i++) {
        chutes__json_read(&reader, &name);
        for (size_t k = 0; k < count && name.type == CHUTES__JSON_STRING; k++) {
            if (chutes__json_key_is(&name, fields[k].name)) {
                fields[k].required = 1;
            }
        }
    }
}

bool chutes__openapi_keep_fields(struct chutes__openapi *document,
                                 const struct chutes__json_value *schema,
                                 chutes_chute_endpoint *endpoint)
{
    struct chutes__json_value properties =
        chutes__openapi_member(schema, "properties");
    struct chutes__json_reader reader;
    const chutes_chute_field **pointers;
    chutes_chute_field *fields;
    size_t capacity = 0;
    struct chutes__json_value name;
    struct chutes__json_value property;

    if (chutes__openapi_open(&reader, &properties)) {
        while (capacity < MAX_FIELDS &&
               chutes__json_next_member(&reader, &name)) {
            chutes__json_skip(&reader);
            capacity++;
        }
    }
    pointers = chutes__arena_alloc(document->arena, capacity + 1,
                                   sizeof(const chutes_chute_field *));
    fields =
        chutes__arena_alloc(document->arena, capacity + 1, sizeof(*fields));
    if (pointers == NULL || fields == NULL) {
        return false;
    }
    endpoint->fields = pointers;
    (void)chutes__openapi_open(&reader, &properties);
    while (endpoint->field_count < capacity &&
           chutes__json_next_member(&reader, &name)) {
        size_t at = endpoint->field_count++;

        chutes__json_read(&reader, &property);
        pointers[at] = &fields[at];
        if (!keep_field(document, &name,
                        chutes__openapi_resolve(document, property),
                        &fields[at])) {
            return false;
        }
    }
    mark_required(schema, fields, endpoint->field_count);
    return true;
}
