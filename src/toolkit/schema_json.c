/* SPDX-License-Identifier: MIT */
/* The JSON Schema of a table. */
#include "toolkit/schema.h"

#include "toolkit/document.h"

static void add_types(struct chutes__json_writer *writer, const char *type,
                      bool is_optional)
{
    if (!is_optional) {
        chutes__json_add_string(writer, "type", type, "type");
        return;
    }
    chutes__json_open_array(writer, "type");
    chutes__json_add_string(writer, NULL, type, "type");
    chutes__json_add_string(writer, NULL, "null", "type");
    chutes__json_close_array(writer);
}

static void add_bound(struct chutes__json_writer *writer, const char *key,
                      const chutes_field *field, double bound)
{
    if (field->type == CHUTES_FIELD_INT) {
        chutes__json_add_int(writer, key, (int64_t)bound);
    } else {
        chutes__json_add_double(writer, key, bound);
    }
}

static void add_size(struct chutes__json_writer *writer, const char *key,
                     size_t size)
{
    if (size != 0) {
        chutes__json_add_int(writer, key, (int64_t)size);
    }
}

static void add_texts(struct chutes__json_writer *writer,
                      const chutes_field *field, bool is_optional)
{
    chutes__json_open_array(writer, "enum");
    for (size_t i = 0; i < field->value_count; i++) {
        chutes__json_add_string(writer, NULL, field->values[i], "values");
    }
    if (is_optional) {
        chutes__json_add_raw(writer, NULL, "null", CHUTES__JSON_NULL, "null");
    }
    chutes__json_close_array(writer);
}

static void add_object(struct chutes__json_writer *writer,
                       const chutes_schema *schema, bool is_optional);

/* Adds what describes one value. */
static void add_value(struct chutes__json_writer *writer,
                      const chutes_field *field, bool is_optional)
{
    static const char *const types[] = {
        [CHUTES_FIELD_STRING] = "string", [CHUTES_FIELD_INT] = "integer",
        [CHUTES_FIELD_DOUBLE] = "number", [CHUTES_FIELD_BOOL] = "boolean",
        [CHUTES_FIELD_ENUM] = "string",
    };

    if (field->type == CHUTES_FIELD_OBJECT) {
        add_object(writer, field->schema, is_optional);
        return;
    }
    add_types(writer, types[field->type], is_optional);
    if (field->type == CHUTES_FIELD_ENUM) {
        add_texts(writer, field, is_optional);
    }
    if (field->has_minimum) {
        add_bound(writer, "minimum", field, field->minimum);
    }
    if (field->has_maximum) {
        add_bound(writer, "maximum", field, field->maximum);
    }
    add_size(writer, "minLength", field->min_length);
    add_size(writer, "maxLength", field->max_length);
    if (field->pattern != NULL) {
        chutes__json_add_string(writer, "pattern", field->pattern, "pattern");
    }
}

static void add_field(struct chutes__json_writer *writer,
                      const chutes_field *field)
{
    bool is_optional = chutes__schema_is_optional(field);

    chutes__json_open_object(writer, chutes__schema_name(field));
    if (field->description != NULL) {
        chutes__json_add_string(writer, "description", field->description,
                                "description");
    }
    if (field->form == CHUTES_FIELD_ONE) {
        add_value(writer, field, is_optional);
    } else {
        add_types(writer, "array", is_optional);
        add_size(writer, "minItems", field->min_items);
        add_size(writer, "maxItems", field->max_items);
        chutes__json_open_object(writer, "items");
        add_value(writer, field, false);
        chutes__json_close_object(writer);
    }
    chutes__json_close_object(writer);
}

static void add_object(struct chutes__json_writer *writer,
                       const chutes_schema *schema, bool is_optional)
{
    add_types(writer, "object", is_optional);
    chutes__json_open_object(writer, "properties");
    for (size_t i = 0; i < schema->field_count; i++) {
        add_field(writer, chutes__schema_field(schema, i));
    }
    chutes__json_close_object(writer);
    chutes__json_open_array(writer, "required");
    for (size_t i = 0; i < schema->field_count; i++) {
        const chutes_field *field = chutes__schema_field(schema, i);

        chutes__json_add_string(writer, NULL, chutes__schema_name(field),
                                "name");
    }
    chutes__json_close_array(writer);
    chutes__json_add_bool(writer, "additionalProperties", false);
}

static void write_schema(struct chutes__json_writer *writer, void *context)
{
    const chutes_schema *const *schema = context;

    chutes__json_open_object(writer, NULL);
    add_object(writer, *schema, false);
    chutes__json_close_object(writer);
}

chutes_status chutes_schema_json(const chutes_schema *schema, char **json,
                                 chutes_error *error)
{
    chutes_status status;

    if (json == NULL) {
        return chutes__schema_fail_null(error, "json");
    }
    *json = NULL;
    status = chutes_schema_check(schema, error);
    return status == CHUTES_OK
               ? chutes__document_write(write_schema, &schema, json, error)
               : status;
}
