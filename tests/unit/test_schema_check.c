/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/schema.h>

typedef struct {
    char *text;
    int64_t number;
    int small;
    double real;
    char **list;
    size_t count;
} thing;

static const chutes_field good[] = {
    CHUTES_STRING(thing, text, "A text"),     CHUTES_INT(thing, number, NULL),
    CHUTES_INT(thing, small, NULL),           CHUTES_DOUBLE(thing, real, NULL),
    CHUTES_STRINGS(thing, list, count, NULL),
};

enum { FIELDS = COUNT(good) };

static const chutes_schema sound = CHUTES_SCHEMA(thing, "thing", good);

/* Checks a schema that differs from the good one in one field. */
static void expect(const chutes_schema *schema, const char *message)
{
    chutes_error error;
    void *value;
    char *json;

    assert_int_equal(chutes_schema_check(schema, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, message);
    assert_int_equal(chutes_schema_json(schema, &json, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_schema_decode(schema, "{}", 2, &value, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(chutes_schema_encode(schema, "", &json, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

static void expect_field(int index, const chutes_field *field,
                         const char *message)
{
    chutes_field fields[FIELDS];
    chutes_schema schema = CHUTES_SCHEMA(thing, "thing", fields);

    memcpy(fields, good, sizeof(fields));
    fields[index] = *field;
    expect(&schema, message);
}

static void a_sound_table_passes(void **state)
{
    chutes_error error = {.status = CHUTES_ERR_INTERNAL};

    (void)state;
    assert_int_equal(chutes_schema_check(&sound, &error), CHUTES_OK);
    assert_int_equal(error.status, CHUTES_OK);
}

/* A field in place of the good one, and what is wrong with it. */
struct row {
    int index;
    chutes_field field;
    const char *message;
};

static const chutes_schema item = CHUTES_SCHEMA(thing, "item", good);
static const char *const none[] = {NULL};
static const char *const twice[] = {"a", "b", "a"};
static const char *const dirty[] = {"\xFF"};

#define NAMES                                                    \
    ": a field needs a name of 1 to 127 bytes, without quotes, " \
    "backslashes and control characters"

static const struct row members[] = {
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .form = CHUTES_FIELD_ARRAY,
      .offset = offsetof(thing, number),
      .count_offset = offsetof(thing, count)},
     "schema thing.list: the member overlaps another one"},
    {1, {.type = CHUTES_FIELD_INT, .size = 8}, "schema thing" NAMES},
    {1,
     {.name = "", .type = CHUTES_FIELD_INT, .size = 8},
     "schema thing." NAMES},
    {1, CHUTES_INT(thing, number, NULL, .json_name = "a\"b"),
     "schema thing.number" NAMES},
    {1, CHUTES_INT(thing, number, NULL, .json_name = "\xC3"),
     "schema thing.number" NAMES},
    {1, CHUTES_INT(thing, number, "\xFF"),
     "schema thing.number: the description is not UTF-8"},
    {1, CHUTES_INT(thing, number, NULL, .json_name = "text"),
     "schema thing.number: another field has the same name"},
    {1,
     {.name = "x", .type = (chutes_field_type)9, .size = 8},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_INT, .size = 2},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_DOUBLE, .size = 4},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_STRING, .size = 1},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_BOOL, .size = 8},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_ENUM,
      .size = 1,
      .values = twice,
      .value_count = 2},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_OBJECT, .size = 8},
     "schema thing.x: the object has no schema"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_OBJECT, .size = 8, .schema = &item},
     "schema thing.x: the type is unknown or has another size"},
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_INT,
      .form = (chutes_field_form)3,
      .size = 8},
     "schema thing.x: the form is unknown"},
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .offset = sizeof(thing)},
     "schema thing.x: the member is outside of the struct"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_INT, .size = 8, .offset = (size_t)-8},
     "schema thing.x: the member is outside of the struct"},
    {1,
     {.name = "x", .type = CHUTES_FIELD_INT, .size = 8, .offset = 12},
     "schema thing.x: the member is outside of the struct"},
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .form = CHUTES_FIELD_ARRAY,
      .offset = offsetof(thing, number),
      .count_offset = sizeof(thing) - 4},
     "schema thing.x: the member is outside of the struct"},
    {4, CHUTES_INT(thing, number, NULL, .json_name = "again"),
     "schema thing.number: the member overlaps another one"},
    {4,
     {.name = "list",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .form = CHUTES_FIELD_ARRAY,
      .offset = offsetof(thing, list),
      .count_offset = offsetof(thing, number)},
     "schema thing.list: the member overlaps another one"},
    {4,
     {.name = "list",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .form = CHUTES_FIELD_ARRAY,
      .offset = offsetof(thing, list),
      .count_offset = offsetof(thing, list)},
     "schema thing.list: the array and its number are the same member"},
    {1, CHUTES_INT(thing, number, NULL, .optional = 1),
     "schema thing.number: an optional member must be a pointer"},
    {0,
     {.name = "x",
      .type = CHUTES_FIELD_STRING,
      .size = sizeof(char *),
      .is_pointer = 1},
     "schema thing.x: is_pointer is for single values"},
};

static const struct row limits[] = {
    {1, CHUTES_INT(thing, number, NULL, CHUTES_RANGE(2, 1)),
     "schema thing.number: the minimum is above the maximum"},
    {1, CHUTES_INT(thing, number, NULL, CHUTES_AT_LEAST(0.5)),
     "schema thing.number: the limits must be finite, and those of an "
     "integer integers within 2^53"},
    {1, CHUTES_INT(thing, number, NULL, CHUTES_AT_MOST(1e16)),
     "schema thing.number: the limits must be finite, and those of an "
     "integer integers within 2^53"},
    {3, CHUTES_DOUBLE(thing, real, NULL, CHUTES_AT_MOST(HUGE_VAL)),
     "schema thing.real: the limits must be finite, and those of an "
     "integer integers within 2^53"},
    {0, CHUTES_STRING(thing, text, NULL, CHUTES_AT_LEAST(0)),
     "schema thing.text: only numbers have a minimum and a maximum"},
    {0, CHUTES_STRING(thing, text, NULL, .min_length = 3, .max_length = 2),
     "schema thing.text: min_length is above max_length"},
    {0, CHUTES_STRING(thing, text, NULL, .max_items = 2),
     "schema thing.text: only arrays have a number of items"},
    {1, CHUTES_INT(thing, number, NULL, .max_length = 2),
     "schema thing.number: only strings have a length and a pattern"},
    {0, CHUTES_STRING(thing, text, NULL, .pattern = "a"),
     "schema thing.text: the pattern must begin with ^ and end with $"},
    {0, CHUTES_STRING(thing, text, NULL, .pattern = "^(a)$"),
     "schema thing.text: the pattern is wrong or has groups or "
     "alternatives"},
    {4,
     CHUTES_STRINGS(thing, list, count, NULL, .min_items = 3, .max_items = 2),
     "schema thing.list: min_items is above max_items"},
    {4, CHUTES_STRINGS(thing, list, count, NULL, .max_items = (size_t)1 << 31),
     "schema thing.list: a length or number of items is above 2^31 - 1"},
    {2, CHUTES_ENUM(thing, small, none, NULL),
     "schema thing.small: a text of the enum is NULL or not UTF-8"},
    {2, CHUTES_ENUM(thing, small, dirty, NULL),
     "schema thing.small: a text of the enum is NULL or not UTF-8"},
    {2, CHUTES_ENUM(thing, small, twice, NULL),
     "schema thing.small: the enum has a text twice"},
    {2,
     {.name = "small", .type = CHUTES_FIELD_ENUM, .size = 4, .values = twice},
     "schema thing.small: the enum has no texts"},
    {1,
     {.name = "x",
      .type = CHUTES_FIELD_INT,
      .size = 8,
      .form = CHUTES_FIELD_MAP},
     "schema thing.x: the elements of a map are objects"},
    {4,
     {.name = "x",
      .type = CHUTES_FIELD_OBJECT,
      .schema = &item,
      .size = sizeof(thing),
      .form = CHUTES_FIELD_MAP},
     "schema thing.x: an element of a map has two fields, of which the "
     "first is a string that isn't optional"},
};

static void a_table_that_cannot_be_decoded_safely_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(members); i++) {
        expect_field(members[i].index, &members[i].field, members[i].message);
    }
}

static void limits_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        expect_field(limits[i].index, &limits[i].field, limits[i].message);
    }
}

static void a_schema_is_checked_as_a_whole(void **state)
{
    static const char unmade[] =
        "schema thing: the schema was not made by CHUTES_SCHEMA()";
    static const char names[] =
        "schema a b: the name must be [A-Za-z0-9_-]{1,64}";
    static const char size[] =
        "schema thing: the struct has no size or an alignment above 8";
    chutes_schema schema = sound;

    (void)state;
    schema.struct_size--;
    expect(&schema, unmade);
    schema = sound;
    schema.field_size -= 8;
    expect(&schema, unmade);
    schema.field_size += 9;
    expect(&schema, unmade);
    schema = sound;
    schema.size = SIZE_MAX / 8 * 8;
    expect(&schema, "schema thing: the struct is larger than 16 MiB");
    schema = sound;
    schema.name = "a b";
    expect(&schema, names);
    schema.name = NULL;
    expect(&schema, "schema ?: the name must be [A-Za-z0-9_-]{1,64}");
    schema = sound;
    schema.alignment = 16;
    expect(&schema, size);
    schema = sound;
    schema.size = 0;
    expect(&schema, size);
    schema = sound;
    schema.fields = NULL;
    expect(&schema, "schema thing: it has no fields");
    schema = sound;
    schema.field_count = 0;
    expect(&schema, "schema thing: it has no fields");
    schema.field_count = CHUTES_SCHEMA_MAX_IN_OBJECT + 1;
    expect(&schema, "schema thing: it has more than 512 fields");
}

/* Its owner may place such an object anywhere. */
static void a_struct_has_at_least_the_alignment_of_its_members(void **state)
{
    chutes_schema schema = sound;

    (void)state;
    schema.alignment = 1;
    expect(&schema, "schema thing.text: the struct has a lower alignment than "
                    "a member");
}

/* A newer header has larger fields. */
static void the_size_of_a_field_is_a_stride(void **state)
{
    struct {
        chutes_field field;
        int64_t newer;
    } fields[FIELDS];
    chutes_schema schema = sound;

    (void)state;
    memset(fields, 0xEE, sizeof(fields));
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i].field = good[i];
    }
    schema.fields = &fields[0].field;
    schema.field_size = sizeof(fields[0]);
    assert_int_equal(chutes_schema_check(&schema, NULL), CHUTES_OK);
}

/* ---- limits -------------------------------------------------------------- */

typedef struct node {
    struct node *next;
    int value;
} node;

extern const chutes_schema node_schema;

static const chutes_field node_fields[] = {
    CHUTES_OBJECT(node, next, node, &node_schema, NULL),
    CHUTES_INT(node, value, NULL),
};

const chutes_schema node_schema = CHUTES_SCHEMA(node, "node", node_fields);

static void a_struct_that_contains_itself_is_refused(void **state)
{
    (void)state;
    expect(&node_schema, "schema node.next: objects are nested more than 10 "
                         "deep, or an object contains itself");
}

/* Makes objects in objects. The innermost have `width` ints, the others as many
 * objects. */
struct nest {
    chutes_schema levels[12];
    chutes_field fields[12][40];
    char names[40][24];
};

static void make_nest(struct nest *nest, size_t depth, size_t width)
{
    for (size_t i = 0; i < depth; i++) {
        bool is_last = i + 1 == depth;

        for (size_t n = 0; n < width; n++) {
            snprintf(nest->names[n], sizeof(nest->names[n]), "f%zu", n);
            nest->fields[i][n] = (chutes_field){
                .name = nest->names[n],
                .type = is_last ? CHUTES_FIELD_INT : CHUTES_FIELD_OBJECT,
                .offset = n * 8,
                .size = is_last ? 8 : width * 8,
                .is_pointer = !is_last,
                .schema = is_last ? NULL : &nest->levels[i + 1]};
        }
        nest->levels[i] = (chutes_schema){sizeof(chutes_schema),
                                          sizeof(chutes_field),
                                          "nest",
                                          width * 8,
                                          8,
                                          width,
                                          nest->fields[i]};
    }
}

static void objects_are_nested_ten_deep_at_most(void **state)
{
    static struct nest nest;
    static const char json[] =
        "{\"f0\":{\"f0\":{\"f0\":{\"f0\":{\"f0\":{\"f0\":{\"f0\":{\"f0\":{"
        "\"f0\":{\"f0\":7}}}}}}}}}}";
    chutes_error error;
    void *value;
    char *text;

    (void)state;
    make_nest(&nest, 10, 1);
    assert_int_equal(chutes_schema_decode(nest.levels, json, sizeof(json) - 1,
                                          &value, &error),
                     CHUTES_OK);
    assert_int_equal(chutes_schema_encode(nest.levels, value, &text, &error),
                     CHUTES_OK);
    assert_string_equal(text, json);
    chutes_schema_free(value);
    free(text);
    make_nest(&nest, 11, 1);
    expect(nest.levels, "schema nest.f0: objects are nested more than 10 deep, "
                        "or an object contains itself");
}

static void all_objects_together_have_5000_fields_at_most(void **state)
{
    static struct nest nest;

    (void)state;
    make_nest(&nest, 3, 16); /* 16 + 256 + 4096 */
    assert_int_equal(chutes_schema_check(nest.levels, NULL), CHUTES_OK);
    make_nest(&nest, 3, 17);
    expect(nest.levels, "schema nest: all objects together have more than 5000 "
                        "fields");
    /* 40^10 visits would never end. */
    make_nest(&nest, 10, 40);
    expect(nest.levels, "schema nest: all objects together have more than 5000 "
                        "fields");
}

static void enums_are_as_large_as_strict_servers_allow(void **state)
{
    static char texts[1001][128];
    static const char *values[1001];
    chutes_field fields[] = {
        {.name = "a", .type = CHUTES_FIELD_ENUM, .size = 4, .values = values},
        {.name = "b",
         .type = CHUTES_FIELD_ENUM,
         .size = 4,
         .offset = 4,
         .values = values,
         .value_count = 1},
    };
    chutes_schema schema = CHUTES_SCHEMA(thing, "thing", fields);

    (void)state;
    for (size_t i = 0; i < 1001; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%zu", i);
        values[i] = texts[i];
    }
    fields[0].value_count = 999;
    assert_int_equal(chutes_schema_check(&schema, NULL), CHUTES_OK);
    fields[0].value_count = 1000;
    expect(&schema, "schema thing.b: all enums together have more than 1000 "
                    "texts");
    fields[0].value_count = SIZE_MAX;
    expect(&schema, "schema thing.a: all enums together have more than 1000 "
                    "texts");
    for (size_t i = 0; i < 251; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%060zu", i);
    }
    fields[0].value_count = 250;
    assert_int_equal(chutes_schema_check(&schema, NULL), CHUTES_OK);
    fields[0].value_count = 251;
    expect(&schema, "schema thing.a: an enum of more than 250 texts has more "
                    "than 15000 bytes");
}

static void names_have_120000_bytes_at_most(void **state)
{
    static struct nest nest;
    char name[128];

    (void)state;
    make_nest(&nest, 2, 40); /* 40 + 1600 fields */
    memset(name, 'n', sizeof(name) - 1);
    name[127] = '\0';
    for (size_t i = 0; i < 40; i++) {
        nest.fields[1][i].json_name = nest.names[i];
    }
    assert_int_equal(chutes_schema_check(nest.levels, NULL), CHUTES_OK);
    nest.fields[1][0].json_name = name;
    assert_int_equal(chutes_schema_check(nest.levels, NULL), CHUTES_OK);
    {
        static char names[40][128];

        for (size_t i = 0; i < 40; i++) {
            snprintf(names[i], sizeof(names[i]), "%0126zu", i);
            nest.fields[1][i].json_name = names[i];
        }
    }
    expect(nest.levels,
           "schema nest.f31: all names and enums have more than 120000 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_table_passes),
        cmocka_unit_test(a_table_that_cannot_be_decoded_safely_is_refused),
        cmocka_unit_test(limits_that_contradict_each_other_are_refused),
        cmocka_unit_test(a_schema_is_checked_as_a_whole),
        cmocka_unit_test(a_struct_has_at_least_the_alignment_of_its_members),
        cmocka_unit_test(the_size_of_a_field_is_a_stride),
        cmocka_unit_test(a_struct_that_contains_itself_is_refused),
        cmocka_unit_test(objects_are_nested_ten_deep_at_most),
        cmocka_unit_test(all_objects_together_have_5000_fields_at_most),
        cmocka_unit_test(enums_are_as_large_as_strict_servers_allow),
        cmocka_unit_test(names_have_120000_bytes_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
