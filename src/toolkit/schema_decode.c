/* SPDX-License-Identifier: MIT */
/*
 * Reads JSON into a struct. The reader walks through the text once, in order;
 * only arrays are counted before they are read, so that each is allocated at
 * once. All memory is in one arena, whose own struct lies before the value.
 */
#include "toolkit/schema_decoder.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* How many bytes elements and inner structs may need: for each byte of the
 * text, and in addition. Members that are written need less; a struct with many
 * that are left out, or with space of its own, can need far more. The rest of
 * the bound, 8 bytes and 1 MiB, is for the texts and the check of the keys. */
enum { BYTES_PER_BYTE = 4, FREE_BYTES = 512 << 10 };

/* Deeper than any schema: an array in each object. */
enum { MAX_JSON_DEPTH = 2 * CHUTES_SCHEMA_MAX_DEPTH + 2 };
/* The owner of all memory lies just before the value, so that the value alone
 * is enough to free everything. */
struct owner {
    struct chutes__arena arena;
};

static chutes_status read_object(struct chutes__schema_decoder *decoder,
                                 const chutes_schema *schema, char *out);

static chutes_status read_value(struct chutes__schema_decoder *decoder,
                                const chutes_field *field, char *target)
{
    struct chutes__json_value value;

    if (field->type == CHUTES_FIELD_OBJECT) {
        return read_object(decoder, field->schema, target);
    }
    chutes__json_read(&decoder->reader, &value);
    return chutes__schema_keep_value(decoder, field, &value, target);
}

/* Allocates elements, or one inner struct. */
static chutes_status make_room(struct chutes__schema_decoder *decoder,
                               const chutes_field *field, size_t count,
                               char **place)
{
    if (count > decoder->room / field->size) {
        return chutes__schema_fail_at(decoder,
                                      "needs too much memory for so short a "
                                      "text");
    }
    decoder->room -= count * field->size;
    *place = chutes__arena_alloc(decoder->arena, count, field->size);
    return *place != NULL ? CHUTES_OK : chutes__schema_fail_memory(decoder);
}

/* ---- arrays and maps ----------------------------------------------------- */

/* Counts what is in the next value, which is an array or object, without
 * moving the reader, and allocates as many elements. */
static chutes_status make_elements(struct chutes__schema_decoder *decoder,
                                   const chutes_field *field, char *out,
                                   char **elements)
{
    struct chutes__json_reader ahead = decoder->reader;
    bool is_object = chutes__json_peek(&ahead) == CHUTES__JSON_OBJECT;
    struct chutes__json_value key;
    size_t count = 0;
    chutes_status status;

    (void)(is_object ? chutes__json_enter_object(&ahead)
                     : chutes__json_enter_array(&ahead));
    while (is_object ? chutes__json_next_member(&ahead, &key)
                     : chutes__json_next_element(&ahead)) {
        chutes__json_skip(&ahead);
        count++;
    }
    if (ahead.fault != NULL) {
        decoder->reader = ahead;
        return chutes__schema_fail_grammar(decoder);
    }
    status = chutes__schema_check_count(decoder, field->min_items,
                                        field->max_items, "items", count);
    if (status == CHUTES_OK) {
        status = make_room(decoder, field, count, elements);
    }
    if (status != CHUTES_OK) {
        return status;
    }
    memcpy(out + field->offset, elements, sizeof(*elements));
    memcpy(out + field->count_offset, &count, sizeof(count));
    return CHUTES_OK;
}

static chutes_status read_array(struct chutes__schema_decoder *decoder,
                                const chutes_field *field, char *element)
{
    chutes_status status = CHUTES_OK;

    (void)chutes__json_enter_array(&decoder->reader);
    for (size_t i = 0;
         status == CHUTES_OK && chutes__json_next_element(&decoder->reader);
         i++) {
        chutes__schema_path_index(&decoder->path, i);
        status = read_value(decoder, field, element);
        element += field->size;
    }
    return status;
}

static chutes_status read_field(struct chutes__schema_decoder *decoder,
                                const chutes_field *field, char *out);

/* Reads an object as a map, whose keys are the names. */
static chutes_status read_names(struct chutes__schema_decoder *decoder,
                                const chutes_field *field, char *element)
{
    const chutes_field *key = chutes__schema_field(field->schema, 0);
    const chutes_field *content = chutes__schema_field(field->schema, 1);
    struct chutes__json_value name;
    chutes_status status = CHUTES_OK;

    (void)chutes__json_enter_object(&decoder->reader);
    for (size_t i = 0; status == CHUTES_OK &&
                       chutes__json_next_member(&decoder->reader, &name);
         i++) {
        chutes__schema_path_index(&decoder->path, i);
        status = chutes__schema_keep_value(decoder, key, &name,
                                           element + key->offset);
        if (status == CHUTES_OK) {
            status = read_field(decoder, content, element);
        }
        element += field->size;
    }
    return status;
}

static int compare_keys(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static chutes_status check_keys(const struct chutes__schema_decoder *decoder,
                                const chutes_field *field, const char *elements,
                                size_t count)
{
    size_t offset = chutes__schema_field(field->schema, 0)->offset;
    chutes_status status = CHUTES_OK;
    char **keys;

    if (count < 2) {
        return CHUTES_OK;
    }
    /* No overflow: the elements are larger. */
    keys = chutes__mem_alloc(count * sizeof(*keys));
    if (keys == NULL) {
        return chutes__schema_fail_memory(decoder);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&keys[i], elements + i * field->size + offset, sizeof(*keys));
    }
    qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; status == CHUTES_OK && i < count; i++) {
        if (strcmp(keys[i - 1], keys[i]) == 0) {
            status = chutes__schema_fail_at(decoder, "a key appears twice");
        }
    }
    chutes__mem_free(keys);
    return status;
}

static chutes_status read_several(struct chutes__schema_decoder *decoder,
                                  const chutes_field *field, char *out)
{
    bool is_map = field->form == CHUTES_FIELD_MAP;
    enum chutes__json_type type = chutes__json_peek(&decoder->reader);
    char *elements = NULL;
    size_t count;
    chutes_status status;

    if (type != CHUTES__JSON_ARRAY &&
        !(is_map && type == CHUTES__JSON_OBJECT)) {
        return chutes__schema_fail_type(decoder, "an array");
    }
    status = make_elements(decoder, field, out, &elements);
    if (status == CHUTES_OK) {
        status = type == CHUTES__JSON_ARRAY
                     ? read_array(decoder, field, elements)
                     : read_names(decoder, field, elements);
    }
    if (status != CHUTES_OK || !is_map) {
        return status;
    }
    memcpy(&count, out + field->count_offset, sizeof(count));
    return check_keys(decoder, field, elements, count);
}

/* ---- objects ------------------------------------------------------------- */

static chutes_status read_content(struct chutes__schema_decoder *decoder,
                                  const chutes_field *field, char *out)
{
    char *target = out + field->offset;
    char *inner = NULL;
    chutes_status status;

    if (chutes__schema_is_optional(field) &&
        chutes__json_peek(&decoder->reader) == CHUTES__JSON_NULL) {
        chutes__json_skip(&decoder->reader);
        return CHUTES_OK;
    }
    if (field->form != CHUTES_FIELD_ONE) {
        return read_several(decoder, field, out);
    }
    if (field->is_pointer) {
        status = make_room(decoder, field, 1, &inner);
        if (status != CHUTES_OK) {
            return status;
        }
        memcpy(target, &inner, sizeof(inner));
        target = inner;
    }
    return read_value(decoder, field, target);
}

static chutes_status read_field(struct chutes__schema_decoder *decoder,
                                const chutes_field *field, char *out)
{
    chutes_status status;

    chutes__schema_path_push(&decoder->path, field);
    status = read_content(decoder, field, out);
    decoder->path.depth--;
    return status;
}

/* Finds a field by its name. Most members come in the order of the table, so
 * the search begins at `next`. Returns the count of fields if there is none. */
static size_t find_field(const chutes_schema *schema,
                         const struct chutes__json_value *key, size_t next)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        size_t at = (next + i) % schema->field_count;

        if (chutes__json_key_is(
                key, chutes__schema_name(chutes__schema_field(schema, at)))) {
            return at;
        }
    }
    return schema->field_count;
}

static chutes_status fail_member(const struct chutes__schema_decoder *decoder,
                                 const char *problem,
                                 const struct chutes__json_value *key)
{
    char reason[64 + CHUTES__SCHEMA_MAX_SHOWN];

    snprintf(reason, sizeof(reason), "%s \"%.*s\"", problem,
             (int)(key->text.len < CHUTES__SCHEMA_MAX_SHOWN
                       ? key->text.len
                       : CHUTES__SCHEMA_MAX_SHOWN),
             key->text.data);
    return chutes__schema_fail_at(decoder, reason);
}

static chutes_status check_missing(const struct chutes__schema_decoder *decoder,
                                   const chutes_schema *schema,
                                   const uint64_t *seen)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        const chutes_field *field = chutes__schema_field(schema, i);

        if ((seen[i / 64] >> i % 64 & 1) == 0 &&
            !chutes__schema_is_optional(field)) {
            struct chutes__schema_decoder inside = *decoder;

            chutes__schema_path_push(&inside.path, field);
            return chutes__schema_fail_at(&inside, "missing");
        }
    }
    return CHUTES_OK;
}

static chutes_status read_object(struct chutes__schema_decoder *decoder,
                                 const chutes_schema *schema, char *out)
{
    uint64_t seen[CHUTES_SCHEMA_MAX_IN_OBJECT / 64] = {0};
    struct chutes__json_value key;
    chutes_status status;
    size_t at = schema->field_count - 1; /* the search begins behind it, at 0 */

    if (chutes__json_peek(&decoder->reader) != CHUTES__JSON_OBJECT) {
        return chutes__schema_fail_type(decoder, "an object");
    }
    (void)chutes__json_enter_object(&decoder->reader);
    while (chutes__json_next_member(&decoder->reader, &key)) {
        at = find_field(schema, &key, at + 1);
        if (at == schema->field_count) {
            return fail_member(decoder, "unexpected member", &key);
        }
        if ((seen[at / 64] >> at % 64 & 1) != 0) {
            return fail_member(decoder, "a second member", &key);
        }
        seen[at / 64] |= UINT64_C(1) << at % 64;
        status = read_field(decoder, chutes__schema_field(schema, at), out);
        if (status != CHUTES_OK) {
            return status;
        }
    }
    return decoder->reader.fault != NULL ? chutes__schema_fail_grammar(decoder)
                                         : check_missing(decoder, schema, seen);
}

/* ---- the document -------------------------------------------------------- */

static chutes_status decode(const chutes_schema *schema,
                            struct chutes__schema_decoder *decoder,
                            struct owner **owner)
{
    chutes_status status;

    *owner =
        chutes__arena_alloc(decoder->arena, 1, sizeof(**owner) + schema->size);
    if (*owner == NULL) {
        return chutes__schema_fail_memory(decoder);
    }
    status = read_object(decoder, schema, (char *)(*owner + 1));
    if (status == CHUTES_OK && !chutes__json_finish(&decoder->reader)) {
        return chutes__schema_fail_grammar(decoder);
    }
    return status;
}

chutes_status chutes_schema_decode(const chutes_schema *schema,
                                   const char *json, size_t len, void **value,
                                   chutes_error *error)
{
    struct chutes__arena arena;
    struct chutes__schema_decoder decoder = {.arena = &arena, .error = error};
    struct owner *owner;
    chutes_status status;

    if (value == NULL) {
        return chutes__schema_fail_null(error, "value");
    }
    *value = NULL;
    if (json == NULL) {
        return chutes__schema_fail_null(error, "json");
    }
    status = chutes_schema_check(schema, error);
    if (status != CHUTES_OK) {
        return status;
    }
    decoder.room = len > SIZE_MAX / 2 / BYTES_PER_BYTE
                       ? SIZE_MAX / 2
                       : len * BYTES_PER_BYTE + FREE_BYTES;
    chutes__arena_init(&arena);
    chutes__json_init(&decoder.reader, json, len, MAX_JSON_DEPTH);
    status = decode(schema, &decoder, &owner);
    if (status != CHUTES_OK) {
        chutes__arena_dispose(&arena);
        return status;
    }
    owner->arena = arena;
    *value = owner + 1;
    return CHUTES_OK;
}

void chutes_schema_free(void *value)
{
    struct chutes__arena arena;

    if (value != NULL) {
        /* A copy, as the struct itself lies in the arena. */
        arena = ((struct owner *)value - 1)->arena;
        chutes__arena_dispose(&arena);
    }
}
