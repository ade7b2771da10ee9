/* SPDX-License-Identifier: MIT */
/* Refuses tables that can't be decoded safely or that strict servers refuse. */
#include "toolkit/schema.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>

/* Bytes of a name or a text of an enum. */
enum { MAX_NAME = 127 };

/* Up to this bound, every integer is exactly a double. */
static const double MAX_BOUND = 9007199254740992.0; /* 2^53 */

struct check {
    chutes_error *error;
    const chutes_schema *schema; /* the object being checked */
    const chutes_field *field;   /* the current field, or NULL */
    size_t depth;
    size_t fields;
    size_t values;
    size_t text;
};

static chutes_status refuse(const struct check *check, const char *reason)
{
    const char *name = check->schema->name;
    const char *field = check->field == NULL ? NULL : check->field->name;

    return chutes__fail(check->error, CHUTES_ERR_INVALID_ARGUMENT,
                        "schema %s%s%s: %s", name == NULL ? "?" : name,
                        field == NULL ? "" : ".", field == NULL ? "" : field,
                        reason);
}

/* ---- texts --------------------------------------------------------------- */

static bool is_text(const char *text)
{
    return chutes__utf8_valid_prefix(text, strlen(text)) == strlen(text);
}

/* Names are written into JSON and messages as they are. */
static bool is_name(const char *name)
{
    size_t len = name == NULL ? 0 : strnlen(name, MAX_NAME + 1);

    if (len == 0 || len > MAX_NAME || !is_text(name)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < ' ' || strchr("\"\\\x7F", name[i])) {
            return false;
        }
    }
    return true;
}

static bool is_schema_name(const char *name)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = name == NULL ? 0 : strnlen(name, 65);

    return len > 0 && len <= 64 && strspn(name, known) == len;
}

/* ---- where a member is --------------------------------------------------- */

static size_t member_size(const chutes_field *field)
{
    return chutes__schema_is_inline(field) ? field->size : sizeof(void *);
}

static size_t member_alignment(const chutes_field *field)
{
    if (!chutes__schema_is_inline(field)) {
        return alignof(void *);
    }
    if (field->type == CHUTES_FIELD_OBJECT) {
        return field->schema->alignment;
    }
    return field->size < alignof(int64_t) ? field->size : alignof(int64_t);
}

static bool overlap(size_t at, size_t size, size_t other, size_t other_size)
{
    return at < other + other_size && other < at + size;
}

static bool is_inside(const chutes_schema *schema, size_t offset, size_t size,
                      size_t alignment)
{
    return size <= schema->size && offset <= schema->size - size &&
           offset % alignment == 0;
}

static bool has_size_of_type(const chutes_field *field)
{
    switch (field->type) {
    case CHUTES_FIELD_STRING:
        return field->size == sizeof(char *);
    case CHUTES_FIELD_INT:
        return field->size == sizeof(int) || field->size == sizeof(int64_t);
    case CHUTES_FIELD_DOUBLE:
        return field->size == sizeof(double);
    case CHUTES_FIELD_BOOL:
        return field->size == sizeof(bool) || field->size == sizeof(int);
    case CHUTES_FIELD_ENUM:
        return field->size == sizeof(int);
    case CHUTES_FIELD_OBJECT:
        return field->schema != NULL && field->size == field->schema->size;
    }
    return false;
}

static chutes_status check_place(const struct check *check,
                                 const chutes_field *field)
{
    bool has_count = field->form != CHUTES_FIELD_ONE;

    if (field->form != CHUTES_FIELD_ONE && field->form != CHUTES_FIELD_ARRAY &&
        field->form != CHUTES_FIELD_MAP) {
        return refuse(check, "the form is unknown");
    }
    if (!has_size_of_type(field)) {
        return refuse(check, "the type is unknown or has another size");
    }
    if (field->is_pointer &&
        (has_count || field->type == CHUTES_FIELD_STRING)) {
        return refuse(check, "is_pointer is for single values");
    }
    if (field->optional && chutes__schema_is_inline(field) &&
        field->type != CHUTES_FIELD_STRING) {
        return refuse(check, "an optional member must be a pointer");
    }
    if (member_alignment(field) > check->schema->alignment) {
        return refuse(check, "the struct has a lower alignment than a member");
    }
    if (!is_inside(check->schema, field->offset, member_size(field),
                   member_alignment(field)) ||
        (has_count && !is_inside(check->schema, field->count_offset,
                                 sizeof(size_t), alignof(size_t)))) {
        return refuse(check, "the member is outside of the struct");
    }
    if (has_count && overlap(field->offset, sizeof(void *), field->count_offset,
                             sizeof(size_t))) {
        return refuse(check, "the array and its number are the same member");
    }
    return CHUTES_OK;
}

static bool share_bytes(const chutes_field *one, const chutes_field *other)
{
    bool counts = one->form != CHUTES_FIELD_ONE;
    bool other_counts = other->form != CHUTES_FIELD_ONE;

    return overlap(one->offset, member_size(one), other->offset,
                   member_size(other)) ||
           (counts && overlap(one->count_offset, sizeof(size_t), other->offset,
                              member_size(other))) ||
           (other_counts && overlap(one->offset, member_size(one),
                                    other->count_offset, sizeof(size_t))) ||
           (counts && other_counts && one->count_offset == other->count_offset);
}

static chutes_status check_others(const struct check *check, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const chutes_field *other = chutes__schema_field(check->schema, i);

        if (strcmp(chutes__schema_name(other),
                   chutes__schema_name(check->field)) == 0) {
            return refuse(check, "another field has the same name");
        }
        if (share_bytes(check->field, other)) {
            return refuse(check, "the member overlaps another one");
        }
    }
    return CHUTES_OK;
}

/* ---- what a value may be ------------------------------------------------- */

static bool is_bound(const chutes_field *field, int is_set, double bound)
{
    /* False for NaN. */
    bool is_small = bound >= -MAX_BOUND && bound <= MAX_BOUND;

    if (!is_set || field->type == CHUTES_FIELD_DOUBLE) {
        return !is_set || (bound - bound == 0); /* finite */
    }
    return is_small && bound == (double)(int64_t)bound;
}

static chutes_status check_numbers(const struct check *check,
                                   const chutes_field *field)
{
    bool is_number =
        field->type == CHUTES_FIELD_INT || field->type == CHUTES_FIELD_DOUBLE;

    if (!is_number) {
        return field->has_minimum || field->has_maximum
                   ? refuse(check, "only numbers have a minimum and a maximum")
                   : CHUTES_OK;
    }
    if (!is_bound(field, field->has_minimum, field->minimum) ||
        !is_bound(field, field->has_maximum, field->maximum)) {
        return refuse(check, "the limits must be finite, and those of an "
                             "integer integers within 2^53");
    }
    if (field->has_minimum && field->has_maximum &&
        field->minimum > field->maximum) {
        return refuse(check, "the minimum is above the maximum");
    }
    return CHUTES_OK;
}

static chutes_status check_counts(const struct check *check,
                                  const chutes_field *field)
{
    const char *fault;

    if (field->type != CHUTES_FIELD_STRING &&
        (field->min_length != 0 || field->max_length != 0 ||
         field->pattern != NULL)) {
        return refuse(check, "only strings have a length and a pattern");
    }
    if (field->form == CHUTES_FIELD_ONE &&
        (field->min_items != 0 || field->max_items != 0)) {
        return refuse(check, "only arrays have a number of items");
    }
    if (field->max_length != 0 && field->min_length > field->max_length) {
        return refuse(check, "min_length is above max_length");
    }
    if (field->max_items != 0 && field->min_items > field->max_items) {
        return refuse(check, "min_items is above max_items");
    }
    /* They are written as integers. */
    if (field->min_length > INT32_MAX || field->max_length > INT32_MAX ||
        field->min_items > INT32_MAX || field->max_items > INT32_MAX) {
        return refuse(check, "a length or number of items is above 2^31 - 1");
    }
    fault = field->pattern == NULL
                ? NULL
                : chutes__schema_pattern_check(field->pattern);
    return fault == NULL ? CHUTES_OK : refuse(check, fault);
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool has_twice(const char *const *values, size_t count)
{
    const char *sorted[CHUTES_SCHEMA_MAX_VALUES];

    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(sorted[0]), compare);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            return true;
        }
    }
    return false;
}

static chutes_status check_values(struct check *check,
                                  const chutes_field *field)
{
    size_t bytes = 0;

    if (field->type != CHUTES_FIELD_ENUM) {
        return CHUTES_OK;
    }
    if (field->values == NULL || field->value_count == 0) {
        return refuse(check, "the enum has no texts");
    }
    if (field->value_count > CHUTES_SCHEMA_MAX_VALUES - check->values) {
        return refuse(check, "all enums together have more than 1000 texts");
    }
    check->values += field->value_count;
    for (size_t i = 0; i < field->value_count; i++) {
        if (field->values[i] == NULL || !is_text(field->values[i])) {
            return refuse(check, "a text of the enum is NULL or not UTF-8");
        }
        bytes += strlen(field->values[i]);
    }
    check->text += bytes;
    if (field->value_count > CHUTES_SCHEMA_MAX_LONG_ENUM &&
        bytes > CHUTES_SCHEMA_MAX_ENUM_TEXT) {
        return refuse(check, "an enum of more than 250 texts has more than "
                             "15000 bytes");
    }
    return has_twice(field->values, field->value_count)
               ? refuse(check, "the enum has a text twice")
               : CHUTES_OK;
}

/* ---- objects ------------------------------------------------------------- */

static bool is_entry(const chutes_schema *schema)
{
    const chutes_field *key;

    if (schema->field_count != 2) {
        return false;
    }
    key = chutes__schema_field(schema, 0);
    return key->type == CHUTES_FIELD_STRING && key->form == CHUTES_FIELD_ONE &&
           !key->optional;
}

static chutes_status check_schema(struct check *check);

static chutes_status check_inner(struct check *check, const chutes_field *field)
{
    struct check inner = *check;
    chutes_status status;

    if (field->type != CHUTES_FIELD_OBJECT) {
        return field->form == CHUTES_FIELD_MAP
                   ? refuse(check, "the elements of a map are objects")
                   : CHUTES_OK;
    }
    if (field->schema == NULL) {
        return refuse(check, "the object has no schema");
    }
    if (check->depth == CHUTES_SCHEMA_MAX_DEPTH) {
        return refuse(check, "objects are nested more than 10 deep, or an "
                             "object contains itself");
    }
    inner.schema = field->schema;
    inner.field = NULL;
    inner.depth++;
    status = check_schema(&inner);
    check->fields = inner.fields;
    check->values = inner.values;
    check->text = inner.text;
    if (status == CHUTES_OK && field->form == CHUTES_FIELD_MAP &&
        !is_entry(field->schema)) {
        return refuse(check, "an element of a map has two fields, of which the "
                             "first is a string that isn't optional");
    }
    return status;
}

static chutes_status check_field(struct check *check, size_t index)
{
    static chutes_status (*const steps[])(const struct check *,
                                          const chutes_field *) = {
        check_place, check_numbers, check_counts};
    const chutes_field *field = check->field;
    chutes_status status = CHUTES_OK;

    if (!is_name(field->name) ||
        (field->json_name != NULL && !is_name(field->json_name))) {
        return refuse(check, "a field needs a name of 1 to 127 bytes, without "
                             "quotes, backslashes and control characters");
    }
    if (field->description != NULL && !is_text(field->description)) {
        return refuse(check, "the description is not UTF-8");
    }
    check->text += strlen(chutes__schema_name(field));
    /* The size of an object is known when its schema is. */
    status = check_inner(check, field);
    for (size_t i = 0; i < 3 && status == CHUTES_OK; i++) {
        status = steps[i](check, field);
    }
    if (status == CHUTES_OK) {
        status = check_values(check, field);
    }
    if (status == CHUTES_OK && check->text > CHUTES_SCHEMA_MAX_TEXT) {
        return refuse(check, "all names and enums have more than 120000 bytes");
    }
    return status == CHUTES_OK ? check_others(check, index) : status;
}

static chutes_status check_header(const struct check *check)
{
    const chutes_schema *schema = check->schema;

    if (schema->struct_size < sizeof(chutes_schema) ||
        schema->field_size < sizeof(chutes_field) ||
        schema->field_size % alignof(chutes_field) != 0) {
        return refuse(check, "the schema was not made by CHUTES_SCHEMA()");
    }
    if (!is_schema_name(schema->name)) {
        return refuse(check, "the name must be [A-Za-z0-9_-]{1,64}");
    }
    if (schema->alignment == 0 || schema->alignment > alignof(int64_t) ||
        schema->size == 0 || schema->size % schema->alignment != 0) {
        return refuse(check, "the struct has no size or an alignment above 8");
    }
    if (schema->size > CHUTES_SCHEMA_MAX_SIZE) {
        return refuse(check, "the struct is larger than 16 MiB");
    }
    if (schema->fields == NULL || schema->field_count == 0) {
        return refuse(check, "it has no fields");
    }
    if (schema->field_count > CHUTES_SCHEMA_MAX_IN_OBJECT) {
        return refuse(check, "it has more than 512 fields");
    }
    return CHUTES_OK;
}

static chutes_status check_schema(struct check *check)
{
    chutes_status status = check_header(check);

    if (status != CHUTES_OK) {
        return status;
    }
    check->fields += check->schema->field_count;
    if (check->fields > CHUTES_SCHEMA_MAX_FIELDS) {
        return refuse(check, "all objects together have more than 5000 fields");
    }
    for (size_t i = 0; i < check->schema->field_count; i++) {
        check->field = chutes__schema_field(check->schema, i);
        status = check_field(check, i);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    return CHUTES_OK;
}

chutes_status chutes__schema_fail_null(chutes_error *error, const char *name)
{
    chutes__error_clear(error);
    return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                        "%s must not be NULL", name);
}

chutes_status chutes_schema_check(const chutes_schema *schema,
                                  chutes_error *error)
{
    struct check check = {.error = error, .schema = schema, .depth = 1};

    chutes__error_clear(error);
    if (schema == NULL) {
        return chutes__schema_fail_null(error, "schema");
    }
    return check_schema(&check);
}
