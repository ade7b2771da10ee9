/* SPDX-License-Identifier: MIT */
#include "schema_random.h"

#include "json/format.h"
#include "json/writer.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_random.h"

enum { MAX_FIELDS = 6, MAX_DEPTH = 3, MAX_ITEMS = 4, MAX_TEXTS = 5 };

static unsigned choose(struct schema_random *random, unsigned count)
{
    return (unsigned)(fault_random(&random->state) % count);
}

static void *take(struct schema_random *random, size_t count, size_t size)
{
    void *memory = chutes__arena_alloc(&random->arena, count, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* ---- tables -------------------------------------------------------------- */

static char *make_name(struct schema_random *random, size_t index)
{
    static const char *const words[] = {"f", "a name ", "caf\xC3\xA9", "$.["};
    char *name = take(random, 1, 32);

    snprintf(name, 32, "%s%zu", words[choose(random, 4)], index);
    return name;
}

/* Places a member of the struct behind the others. */
static size_t place(chutes_schema *schema, size_t size)
{
    size_t unit = size < 8 ? size : 8;
    size_t offset = (schema->size + unit - 1) / unit * unit;

    schema->size = offset + size;
    return offset;
}

static size_t size_of_type(struct schema_random *random,
                           const chutes_field *field)
{
    switch (field->type) {
    case CHUTES_FIELD_STRING:
        return sizeof(char *);
    case CHUTES_FIELD_DOUBLE:
        return sizeof(double);
    case CHUTES_FIELD_BOOL:
        return choose(random, 2) ? sizeof(bool) : sizeof(int);
    case CHUTES_FIELD_OBJECT:
        return field->schema->size;
    case CHUTES_FIELD_INT:
        return choose(random, 2) ? sizeof(int) : sizeof(int64_t);
    default:
        return sizeof(int);
    }
}

static void add_limits(struct schema_random *random, chutes_field *field)
{
    static const char *const patterns[] = {"^[a-z]{2,5}$", "^\\d{4}-\\d{2}$",
                                           "^.*$"};

    if (field->type == CHUTES_FIELD_STRING) {
        if (choose(random, 3) == 0) {
            field->pattern = patterns[choose(random, 3)];
        } else {
            field->min_length = choose(random, 3);
            field->max_length = choose(random, 2) ? field->min_length + 1 : 0;
        }
    }
    if (field->type == CHUTES_FIELD_INT || field->type == CHUTES_FIELD_DOUBLE) {
        field->has_minimum = (int)choose(random, 2);
        field->has_maximum = (int)choose(random, 2);
        field->minimum = -(double)choose(random, 1000);
        field->maximum = choose(random, 1000);
    }
    if (field->form != CHUTES_FIELD_ONE) {
        field->min_items = choose(random, 3);
        field->max_items = choose(random, 2) ? field->min_items + 1 : 0;
    }
}

static void add_texts(struct schema_random *random, chutes_field *field)
{
    const char **texts = take(random, MAX_TEXTS, sizeof(*texts));

    field->value_count = 1 + choose(random, MAX_TEXTS);
    for (size_t i = 0; i < field->value_count; i++) {
        char *text = take(random, 1, 32);

        snprintf(text, 32, "%s%zu", choose(random, 2) ? "" : "\"\n\xE2\x82\xAC",
                 i);
        texts[i] = text;
    }
    field->values = texts;
}

static const chutes_schema *make_table(struct schema_random *random,
                                       size_t depth, bool is_entry);

static void make_field(struct schema_random *random, chutes_schema *schema,
                       chutes_field *field, size_t depth)
{
    bool can_nest = depth < MAX_DEPTH;

    field->type = (chutes_field_type)(1 + choose(random, can_nest ? 6 : 5));
    field->form = (chutes_field_form)choose(random, 2);
    if (field->type == CHUTES_FIELD_OBJECT) {
        field->form = (chutes_field_form)choose(random, 3);
        field->schema =
            make_table(random, depth + 1, field->form == CHUTES_FIELD_MAP);
    }
    field->size = size_of_type(random, field);
    if (field->type == CHUTES_FIELD_ENUM) {
        add_texts(random, field);
    }
    add_limits(random, field);
    if (field->form != CHUTES_FIELD_ONE) {
        field->offset = place(schema, sizeof(void *));
        field->count_offset = place(schema, sizeof(size_t));
        field->optional = (int)choose(random, 2);
    } else if (field->type == CHUTES_FIELD_STRING) {
        field->offset = place(schema, sizeof(char *));
        field->optional = (int)choose(random, 2);
    } else {
        field->is_pointer = (int)choose(random, 2);
        field->offset =
            place(schema, field->is_pointer ? sizeof(void *) : field->size);
    }
}

static const chutes_schema *make_table(struct schema_random *random,
                                       size_t depth, bool is_entry)
{
    size_t count = is_entry ? 2 : 1 + choose(random, MAX_FIELDS);
    chutes_schema *schema = take(random, 1, sizeof(*schema));
    chutes_field *fields = take(random, count, sizeof(*fields));

    for (size_t i = 0; i < count; i++) {
        fields[i].name = make_name(random, i);
        if (choose(random, 3) == 0) {
            fields[i].description = "A \"field\"";
        }
        if (is_entry && i == 0) {
            fields[i].type = CHUTES_FIELD_STRING;
            fields[i].size = sizeof(char *);
            fields[i].offset = place(schema, sizeof(char *));
        } else {
            make_field(random, schema, &fields[i], depth);
        }
    }
    schema->struct_size = sizeof(*schema);
    schema->field_size = sizeof(*fields);
    schema->name = "random";
    schema->size = (schema->size + 7) / 8 * 8;
    schema->alignment = 8;
    schema->field_count = count;
    schema->fields = fields;
    return schema;
}

const chutes_schema *schema_random_table(struct schema_random *random)
{
    return make_table(random, 1, false);
}

/* ---- JSON ---------------------------------------------------------------- */

static void put(struct chutes__buf *buf, const char *text)
{
    if (chutes__buf_append_str(buf, text) != CHUTES_OK) {
        abort();
    }
}

static void put_quoted(struct chutes__buf *buf, const char *text)
{
    if (chutes__json_append_quoted(buf, text) != CHUTES_OK) {
        abort();
    }
}

static void put_matching(struct schema_random *random, const char *pattern,
                         struct chutes__buf *buf)
{
    char text[16] = "";
    unsigned len = 2 + choose(random, 4);

    if (pattern[2] == 'a') {
        for (unsigned i = 0; i < len; i++) {
            text[i] = (char)('a' + choose(random, 26));
        }
    } else if (pattern[1] == '\\') {
        snprintf(text, sizeof(text), "%04u-%02u", choose(random, 10000),
                 choose(random, 100));
    }
    put_quoted(buf, text);
}

static void put_string(struct schema_random *random, const chutes_field *field,
                       struct chutes__buf *buf)
{
    static const char *const characters[] = {
        "a", "\"", "\\",       "\n",           "\x01",
        "/", " ",  "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
        "{", ","};
    size_t len = field->max_length != 0
                     ? field->min_length +
                           choose(random, (unsigned)(field->max_length -
                                                     field->min_length + 1))
                     : field->min_length + choose(random, 20);
    char text[128] = "";
    size_t at = 0;

    if (field->pattern != NULL) {
        put_matching(random, field->pattern, buf);
        return;
    }
    for (size_t i = 0; i < len; i++) {
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s",
                               characters[choose(random, 12)]);
    }
    put_quoted(buf, text);
}

static int64_t make_int(struct schema_random *random, const chutes_field *field)
{
    static const int64_t edges[] = {0, 1, -1, INT_MAX, INT_MIN, 1000000007};
    int64_t number = edges[choose(random, 6)];

    if (field->size == sizeof(int64_t) && choose(random, 2)) {
        number = (int64_t)fault_random(&random->state);
    }
    if (field->has_minimum && number < (int64_t)field->minimum) {
        number = (int64_t)field->minimum;
    }
    if (field->has_maximum && number > (int64_t)field->maximum) {
        number = (int64_t)field->maximum;
    }
    return number;
}

static void put_int(struct schema_random *random, const chutes_field *field,
                    struct chutes__buf *buf)
{
    char text[CHUTES__JSON_INT_SIZE];

    (void)chutes__json_format_int(text, make_int(random, field));
    put(buf, text);
}

static void put_double(struct schema_random *random, const chutes_field *field,
                       struct chutes__buf *buf)
{
    char text[CHUTES__JSON_DOUBLE_SIZE];
    uint64_t bits = fault_random(&random->state);
    double number;

    memcpy(&number, &bits, sizeof(number));
    if (number - number != 0) {
        number = 0.1; /* not finite */
    }
    if (field->has_minimum && number < field->minimum) {
        number = field->minimum;
    }
    if (field->has_maximum && number > field->maximum) {
        number = field->maximum;
    }
    chutes__json_format_double(text, number);
    put(buf, text);
}

/* `key` is the number of the entry if the object is one of a map. */
static void put_object(struct schema_random *random,
                       const chutes_schema *schema, const size_t *key,
                       struct chutes__buf *buf);

static void put_value(struct schema_random *random, const chutes_field *field,
                      const size_t *key, struct chutes__buf *buf)
{
    switch (field->type) {
    case CHUTES_FIELD_STRING:
        put_string(random, field, buf);
        break;
    case CHUTES_FIELD_INT:
        put_int(random, field, buf);
        break;
    case CHUTES_FIELD_DOUBLE:
        put_double(random, field, buf);
        break;
    case CHUTES_FIELD_BOOL:
        put(buf, choose(random, 2) ? "true" : "false");
        break;
    case CHUTES_FIELD_ENUM:
        put_quoted(buf,
                   field->values[choose(random, (unsigned)field->value_count)]);
        break;
    case CHUTES_FIELD_OBJECT:
        put_object(random, field->schema, key, buf);
        break;
    }
}

static void put_array(struct schema_random *random, const chutes_field *field,
                      struct chutes__buf *buf)
{
    size_t room =
        field->max_items != 0 ? field->max_items - field->min_items : MAX_ITEMS;
    size_t count = field->min_items + choose(random, (unsigned)room + 1);

    put(buf, "[");
    for (size_t i = 0; i < count; i++) {
        put(buf, i > 0 ? "," : "");
        put_value(random, field, field->form == CHUTES_FIELD_MAP ? &i : NULL,
                  buf);
    }
    put(buf, "]");
}

static void put_field(struct schema_random *random, const chutes_field *field,
                      struct chutes__buf *buf)
{
    if ((field->optional || field->is_pointer) && choose(random, 3) == 0) {
        put(buf, "null");
    } else if (field->form == CHUTES_FIELD_ONE) {
        put_value(random, field, NULL, buf);
    } else {
        put_array(random, field, buf);
    }
}

static void put_object(struct schema_random *random,
                       const chutes_schema *schema, const size_t *key,
                       struct chutes__buf *buf)
{
    char text[32];

    put(buf, "{");
    for (size_t i = 0; i < schema->field_count; i++) {
        put(buf, i > 0 ? "," : "");
        put_quoted(buf, schema->fields[i].name);
        put(buf, ":");
        if (i == 0 && key != NULL) {
            snprintf(text, sizeof(text), "key %zu", *key);
            put_quoted(buf, text);
        } else {
            put_field(random, &schema->fields[i], buf);
        }
    }
    put(buf, "}");
}

void schema_random_json(struct schema_random *random,
                        const chutes_schema *schema, struct chutes__buf *buf)
{
    put_object(random, schema, NULL, buf);
}
