/* SPDX-License-Identifier: MIT */
/* Writes a struct as JSON. */
#include "toolkit/schema.h"

#include "toolkit/document.h"

#include <math.h>

struct encoder {
    const chutes_schema *schema;
    const char *value;
    struct chutes__json_writer *writer;
    struct chutes__schema_path path;
    char failed[CHUTES__SCHEMA_PATH_SIZE]; /* the path that the error names */
};

static void fail(struct encoder *encoder, const char *reason)
{
    if (encoder->writer->status == CHUTES_OK) {
        chutes__schema_path_text(&encoder->path, encoder->failed);
        chutes__json_writer_fail(encoder->writer, CHUTES_ERR_INVALID_ARGUMENT,
                                 encoder->failed, reason);
    }
}

static void add_null(struct encoder *encoder, const char *key)
{
    chutes__json_add_raw(encoder->writer, key, "null", CHUTES__JSON_NULL,
                         "null");
}

static void add_string(struct encoder *encoder, const char *key,
                       const char *text)
{
    if (text == NULL) {
        fail(encoder, "is NULL");
        return;
    }
    chutes__json_add_string(encoder->writer, key, text, NULL);
    if (encoder->writer->status != CHUTES_OK &&
        encoder->writer->failed_field == NULL) {
        chutes__schema_path_text(&encoder->path, encoder->failed);
        encoder->writer->failed_field = encoder->failed;
    }
}

static void add_number(struct encoder *encoder, const char *key, double number)
{
    if (isfinite(number)) {
        chutes__json_add_double(encoder->writer, key, number);
    } else {
        fail(encoder, "is not a finite number");
    }
}

/* Loads an int, an int64_t, an enum or a bool that is as wide as an int. */
static int64_t load_int(const chutes_field *field, const char *at)
{
    int64_t number;
    int small;

    if (field->size == sizeof(int)) {
        memcpy(&small, at, sizeof(small));
        return small;
    }
    memcpy(&number, at, sizeof(number));
    return number;
}

static void add_bool(struct encoder *encoder, const char *key,
                     const chutes_field *field, const char *at)
{
    unsigned char byte = (unsigned char)*at;

    chutes__json_add_bool(encoder->writer, key,
                          field->size == sizeof(int) ? load_int(field, at) != 0
                                                     : byte != 0);
}

static void add_enum(struct encoder *encoder, const char *key,
                     const chutes_field *field, const char *at)
{
    int64_t number = load_int(field, at);

    if (number < 0 || (uint64_t)number >= field->value_count) {
        fail(encoder, "has no text");
    } else {
        chutes__json_add_string(encoder->writer, key, field->values[number],
                                field->name);
    }
}

static void add_object(struct encoder *encoder, const char *key,
                       const chutes_schema *schema, const char *value);

static void add_value(struct encoder *encoder, const char *key,
                      const chutes_field *field, const char *at)
{
    const char *text;
    double number;

    switch (field->type) {
    case CHUTES_FIELD_STRING:
        memcpy(&text, at, sizeof(text));
        add_string(encoder, key, text);
        break;
    case CHUTES_FIELD_INT:
        chutes__json_add_int(encoder->writer, key, load_int(field, at));
        break;
    case CHUTES_FIELD_DOUBLE:
        memcpy(&number, at, sizeof(number));
        add_number(encoder, key, number);
        break;
    case CHUTES_FIELD_BOOL:
        add_bool(encoder, key, field, at);
        break;
    case CHUTES_FIELD_ENUM:
        add_enum(encoder, key, field, at);
        break;
    case CHUTES_FIELD_OBJECT:
        add_object(encoder, key, field->schema, at);
        break;
    }
}

static void add_array(struct encoder *encoder, const char *key,
                      const chutes_field *field, const char *value)
{
    const char *elements;
    size_t count;

    memcpy(&elements, value + field->offset, sizeof(elements));
    memcpy(&count, value + field->count_offset, sizeof(count));
    if (elements == NULL && field->optional) {
        add_null(encoder, key);
        return;
    }
    if (elements == NULL && count > 0) {
        fail(encoder, "is NULL");
        return;
    }
    chutes__json_open_array(encoder->writer, key);
    for (size_t i = 0; i < count && encoder->writer->status == CHUTES_OK; i++) {
        chutes__schema_path_index(&encoder->path, i);
        add_value(encoder, NULL, field, elements + i * field->size);
    }
    chutes__json_close_array(encoder->writer);
}

static void add_field(struct encoder *encoder, const chutes_field *field,
                      const char *value)
{
    const char *key = chutes__schema_name(field);
    const char *at = value + field->offset;
    const char *pointer;

    chutes__schema_path_push(&encoder->path, field);
    if (field->form != CHUTES_FIELD_ONE) {
        add_array(encoder, key, field, value);
    } else if (chutes__schema_is_optional(field)) {
        memcpy(&pointer, at, sizeof(pointer));
        if (pointer == NULL) {
            add_null(encoder, key);
        } else {
            add_value(encoder, key, field, field->is_pointer ? pointer : at);
        }
    } else {
        add_value(encoder, key, field, at);
    }
    encoder->path.depth--;
}

static void add_object(struct encoder *encoder, const char *key,
                       const chutes_schema *schema, const char *value)
{
    chutes__json_open_object(encoder->writer, key);
    for (size_t i = 0; i < schema->field_count; i++) {
        add_field(encoder, chutes__schema_field(schema, i), value);
    }
    chutes__json_close_object(encoder->writer);
}

static void write_value(struct chutes__json_writer *writer, void *context)
{
    struct encoder *encoder = context;

    encoder->writer = writer;
    add_object(encoder, NULL, encoder->schema, encoder->value);
}

chutes_status chutes_schema_encode(const chutes_schema *schema,
                                   const void *value, char **json,
                                   chutes_error *error)
{
    struct encoder encoder = {.schema = schema, .value = value};
    chutes_status status;

    if (json == NULL) {
        return chutes__schema_fail_null(error, "json");
    }
    *json = NULL;
    if (value == NULL) {
        return chutes__schema_fail_null(error, "value");
    }
    status = chutes_schema_check(schema, error);
    return status == CHUTES_OK
               ? chutes__document_write(write_value, &encoder, json, error)
               : status;
}
