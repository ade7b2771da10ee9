/* SPDX-License-Identifier: MIT */
/* Checks an answer against the part of JSON Schema that structured output
 * consists of. */
#include "cli/schema_fit.h"

#include "cli/count.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/chutes.h>

/* JSON of which a part is looked at. */
struct view {
    const char *text; /* NULL: there is no such value */
    size_t len;
};

/* The checks nest as deep as chutes_json_check() allows: 64 levels. */
struct fit {
    char *fault;
    char path[128];
};

bool cli_schema_knows(const char *keyword)
{
    static const char *const known[] = {
        "type", "properties", "required", "additionalProperties", "items",
        "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "minLength", "maxLength", "minItems", "maxItems",
        /* These say nothing about what fits. */
        "title", "description", "default", "examples", "deprecated", "$schema",
        "$id", "$comment"};

    for (size_t i = 0; i < CLI_COUNT(known); i++) {
        if (strcmp(keyword, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- values -------------------------------------------------------------- */

static chutes_json_type type_of(struct view value)
{
    return chutes_json_get_type(value.text, value.len, "");
}

static struct view value_of(const chutes_json_iterator *iterator)
{
    return (struct view){iterator->value, iterator->value_len};
}

static struct view member(struct view object, const char *name)
{
    chutes_json_iterator each;

    chutes_json_iterate(&each, object.text, object.len, "");
    while (chutes_json_next(&each)) {
        if (each.key != NULL && chutes_json_key_is(&each, name)) {
            return value_of(&each);
        }
    }
    return (struct view){NULL, 0};
}

static size_t count_inside(struct view value)
{
    chutes_json_iterator each;
    size_t count = 0;

    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        count++;
    }
    return count;
}

/* Strings are equal if their texts are, however they are written. */
static bool has_same_text(struct view left, struct view right)
{
    char *texts[] = {chutes_json_get_string(left.text, left.len, ""),
                     chutes_json_get_string(right.text, right.len, "")};
    bool is_equal =
        texts[0] != NULL && texts[1] != NULL && strcmp(texts[0], texts[1]) == 0;

    chutes_string_free(texts[0]);
    chutes_string_free(texts[1]);
    return is_equal;
}

static bool is_same(struct view left, struct view right);

static bool has_same_items(struct view left, struct view right)
{
    chutes_json_iterator each;
    chutes_json_iterator other;

    chutes_json_iterate(&each, left.text, left.len, "");
    chutes_json_iterate(&other, right.text, right.len, "");
    while (chutes_json_next(&each)) {
        if (!chutes_json_next(&other) ||
            !is_same(value_of(&each), value_of(&other))) {
            return false;
        }
    }
    return !chutes_json_next(&other);
}

/* The order of members doesn't matter. */
static bool has_same_members(struct view left, struct view right)
{
    chutes_json_iterator each;

    if (count_inside(left) != count_inside(right)) {
        return false;
    }
    chutes_json_iterate(&each, left.text, left.len, "");
    while (chutes_json_next(&each)) {
        char *name = chutes_json_get_string(each.key, each.key_len, "");
        struct view other =
            name != NULL ? member(right, name) : (struct view){NULL, 0};

        chutes_string_free(name);
        if (other.text == NULL || !is_same(value_of(&each), other)) {
            return false;
        }
    }
    return true;
}

static bool is_same(struct view left, struct view right)
{
    chutes_json_type type = type_of(left);
    double numbers[2];
    int flags[2];

    if (type != type_of(right)) {
        return false;
    }
    switch (type) {
    case CHUTES_JSON_BOOL:
        return chutes_json_get_bool(left.text, left.len, "", &flags[0]) &&
               chutes_json_get_bool(right.text, right.len, "", &flags[1]) &&
               flags[0] == flags[1];
    case CHUTES_JSON_NUMBER:
        return chutes_json_get_double(left.text, left.len, "", &numbers[0]) &&
               chutes_json_get_double(right.text, right.len, "", &numbers[1]) &&
               numbers[0] == numbers[1];
    case CHUTES_JSON_STRING:
        return has_same_text(left, right);
    case CHUTES_JSON_ARRAY:
        return has_same_items(left, right);
    case CHUTES_JSON_OBJECT:
        return has_same_members(left, right);
    default:
        return type == CHUTES_JSON_NULL;
    }
}

static bool has_type(struct view value, struct view name)
{
    static const struct {
        const char *name;
        chutes_json_type type;
    } types[] = {
        {"null", CHUTES_JSON_NULL},     {"boolean", CHUTES_JSON_BOOL},
        {"number", CHUTES_JSON_NUMBER}, {"integer", CHUTES_JSON_NUMBER},
        {"string", CHUTES_JSON_STRING}, {"array", CHUTES_JSON_ARRAY},
        {"object", CHUTES_JSON_OBJECT},
    };
    char text[16] = "";
    double number;

    (void)chutes_json_copy_string(name.text, name.len, "", text, sizeof(text));
    for (size_t i = 0; i < CLI_COUNT(types); i++) {
        if (strcmp(text, types[i].name) == 0) {
            return type_of(value) == types[i].type &&
                   (strcmp(text, "integer") != 0 ||
                    (chutes_json_get_double(value.text, value.len, "",
                                            &number) &&
                     number == floor(number)));
        }
    }
    return false;
}

/* In code points, as JSON Schema counts. */
static size_t count_characters(struct view string)
{
    char *text = chutes_json_get_string(string.text, string.len, "");
    size_t count = 0;

    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
    }
    chutes_string_free(text);
    return count;
}

/* ---- faults -------------------------------------------------------------- */

static bool differ(struct fit *fit, const char *what, struct view expected,
                   struct view found)
{
    enum { SHOWN = 40 };

    snprintf(fit->fault, CLI_SCHEMA_FAULT_SIZE,
             "%.127s: expected %s%s%.*s%s%.*s", fit->path, what,
             expected.len > 0 ? " " : "",
             (int)(expected.len < SHOWN ? expected.len : SHOWN), expected.text,
             found.len > 0 ? ", found " : "",
             (int)(found.len < SHOWN ? found.len : SHOWN), found.text);
    return false;
}

static bool differ_by_name(struct fit *fit, const char *what, struct view name)
{
    return differ(fit, what, name, (struct view){"", 0});
}

/* ---- checks -------------------------------------------------------------- */

static bool check(struct fit *fit, struct view schema, struct view value);

/* A member of an object or an element of an array: extends the path. */
static bool check_inside(struct fit *fit, struct view schema,
                         const chutes_json_iterator *each)
{
    size_t len = strlen(fit->path);
    size_t room = sizeof(fit->path) - len;
    bool fits;

    if (each->key != NULL) {
        snprintf(fit->path + len, room, ".%.*s",
                 each->key_len > 2 ? (int)each->key_len - 2 : 0, each->key + 1);
    } else {
        snprintf(fit->path + len, room, "[%zu]", each->index);
    }
    fits = check(fit, schema, value_of(each));
    fit->path[len] = '\0';
    return fits;
}

static bool check_type(struct fit *fit, struct view schema, struct view value)
{
    struct view type = member(schema, "type");
    chutes_json_iterator each;

    if (type.text == NULL ||
        (type_of(type) == CHUTES_JSON_STRING && has_type(value, type))) {
        return true;
    }
    if (type_of(type) == CHUTES_JSON_ARRAY) {
        chutes_json_iterate(&each, type.text, type.len, "");
        while (chutes_json_next(&each)) {
            if (has_type(value, value_of(&each))) {
                return true;
            }
        }
    }
    return differ(fit, "type", type, value);
}

static bool check_enum(struct fit *fit, struct view schema, struct view value)
{
    struct view values = member(schema, "enum");
    chutes_json_iterator each;

    if (values.text == NULL) {
        return true;
    }
    chutes_json_iterate(&each, values.text, values.len, "");
    while (chutes_json_next(&each)) {
        if (is_same(value_of(&each), value)) {
            return true;
        }
    }
    return differ(fit, "one of", values, value);
}

/* A limit of the schema, and how the number must relate to it. */
static bool check_limit(struct fit *fit, struct view schema, struct view value,
                        double number, const char *keyword)
{
    struct view limit = member(schema, keyword);
    double bound;
    bool fits;

    if (limit.text == NULL ||
        !chutes_json_get_double(limit.text, limit.len, "", &bound)) {
        return true;
    }
    if (strncmp(keyword, "exclusive", 9) == 0) {
        fits = strcmp(keyword + 9, "Minimum") == 0 ? number > bound
                                                   : number < bound;
    } else {
        fits =
            strncmp(keyword, "min", 3) == 0 ? number >= bound : number <= bound;
    }
    return fits || differ(fit, keyword, limit, value);
}

static bool check_size(struct fit *fit, struct view schema, struct view value)
{
    double number;

    switch (type_of(value)) {
    case CHUTES_JSON_NUMBER:
        return !chutes_json_get_double(value.text, value.len, "", &number) ||
               (check_limit(fit, schema, value, number, "minimum") &&
                check_limit(fit, schema, value, number, "maximum") &&
                check_limit(fit, schema, value, number, "exclusiveMinimum") &&
                check_limit(fit, schema, value, number, "exclusiveMaximum"));
    case CHUTES_JSON_STRING:
        number = (double)count_characters(value);
        return check_limit(fit, schema, value, number, "minLength") &&
               check_limit(fit, schema, value, number, "maxLength");
    case CHUTES_JSON_ARRAY:
        number = (double)count_inside(value);
        return check_limit(fit, schema, value, number, "minItems") &&
               check_limit(fit, schema, value, number, "maxItems");
    default:
        return true;
    }
}

static bool check_required(struct fit *fit, struct view schema,
                           struct view value)
{
    struct view required = member(schema, "required");
    chutes_json_iterator each;

    chutes_json_iterate(&each, required.text, required.len, "");
    while (chutes_json_next(&each)) {
        char *name = chutes_json_get_string(each.value, each.value_len, "");
        bool is_missing = name != NULL && member(value, name).text == NULL;

        chutes_string_free(name);
        if (is_missing) {
            return differ_by_name(fit, "a member", value_of(&each));
        }
    }
    return true;
}

static bool check_member(struct fit *fit, struct view schema,
                         const chutes_json_iterator *each)
{
    struct view others = member(schema, "additionalProperties");
    char *name = chutes_json_get_string(each->key, each->key_len, "");
    struct view inner = {NULL, 0};
    int is_allowed = 1;

    if (name != NULL) {
        inner = member(member(schema, "properties"), name);
    }
    chutes_string_free(name);
    if (inner.text != NULL) {
        return check_inside(fit, inner, each);
    }
    (void)chutes_json_get_bool(others.text, others.len, "", &is_allowed);
    if (!is_allowed) {
        return differ_by_name(fit, "no member",
                              (struct view){each->key, each->key_len});
    }
    return type_of(others) != CHUTES_JSON_OBJECT ||
           check_inside(fit, others, each);
}

static bool check_content(struct fit *fit, struct view schema,
                          struct view value)
{
    chutes_json_type type = type_of(value);
    struct view items = member(schema, "items");
    chutes_json_iterator each;

    if (type == CHUTES_JSON_OBJECT && !check_required(fit, schema, value)) {
        return false;
    }
    chutes_json_iterate(&each, value.text, value.len, "");
    while (chutes_json_next(&each)) {
        if (type == CHUTES_JSON_OBJECT
                ? !check_member(fit, schema, &each)
                : items.text != NULL && !check_inside(fit, items, &each)) {
            return false;
        }
    }
    return true;
}

static bool check(struct fit *fit, struct view schema, struct view value)
{
    int fits = 1;

    if (type_of(schema) != CHUTES_JSON_OBJECT) {
        /* true and false are schemas too; what else there may be is ignored. */
        (void)chutes_json_get_bool(schema.text, schema.len, "", &fits);
        return fits || differ(fit, "no value", (struct view){"", 0}, value);
    }
    return check_type(fit, schema, value) && check_enum(fit, schema, value) &&
           check_size(fit, schema, value) && check_content(fit, schema, value);
}

bool cli_schema_fits(const char *schema, const char *text, size_t len,
                     char fault[CLI_SCHEMA_FAULT_SIZE])
{
    struct fit fit = {.fault = fault, .path = "$"};
    chutes_error error;

    if (chutes_json_check(text, len, &error) != CHUTES_OK) {
        snprintf(fault, CLI_SCHEMA_FAULT_SIZE, "%.200s", error.message);
        return false;
    }
    return check(&fit, (struct view){schema, strlen(schema)},
                 (struct view){text, len});
}
