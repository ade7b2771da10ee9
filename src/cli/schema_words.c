/* SPDX-License-Identifier: MIT */
/*
 * The keywords of a JSON Schema. A keyword that would not be checked is
 * refused, because an answer that it forbids would pass; so is a misspelt one.
 */
#include "cli/schema_words.h"

#include "cli/alloc.h"
#include "cli/count.h"
#include "cli/schema_canonical.h"
#include "cli/schema_number.h"
#include "cli/schema_pattern.h"

#include <stdlib.h>
#include <string.h>

/* The most schemas that apply to one value, each inside the one before. */
enum { MAX_HEIGHT = 32 };

/* The kinds of value that a keyword may have. */
enum kind {
    KIND_NOTE, /* anything: it is not a rule */
    KIND_NOTE_AT_ROOT,
    KIND_ANY, /* anything: to compare with */
    KIND_COUNT,
    KIND_FACTOR,
    KIND_FLAG,
    KIND_LIST, /* to compare with */
    KIND_NAMES,
    KIND_NUMBER,
    KIND_PATTERN,
    KIND_REF,
    KIND_SCHEMA,
    KIND_SCHEMAS, /* an array */
    KIND_SCHEMAS_BY_NAME,
    KIND_SCHEMAS_BY_PATTERN,
    KIND_TYPE
};

struct word {
    const char *name;
    enum kind kind;
    enum cli_keyword keyword;
};

static const struct word WORDS[] = {
    {"$anchor", KIND_NOTE, CLI_KEYWORD_NONE},
    {"$comment", KIND_NOTE, CLI_KEYWORD_NONE},
    {"$defs", KIND_SCHEMAS_BY_NAME, CLI_KEYWORD_NONE},
    {"$id", KIND_NOTE_AT_ROOT, CLI_KEYWORD_NONE},
    {"$ref", KIND_REF, CLI_KEYWORD_REF},
    {"$schema", KIND_NOTE_AT_ROOT, CLI_KEYWORD_NONE},
    {"additionalProperties", KIND_SCHEMA, CLI_KEYWORD_ADDITIONAL},
    {"allOf", KIND_SCHEMAS, CLI_KEYWORD_ALL_OF},
    {"anyOf", KIND_SCHEMAS, CLI_KEYWORD_ANY_OF},
    {"const", KIND_ANY, CLI_KEYWORD_CONST},
    {"contentEncoding", KIND_NOTE, CLI_KEYWORD_NONE},
    {"contentMediaType", KIND_NOTE, CLI_KEYWORD_NONE},
    {"contentSchema", KIND_NOTE, CLI_KEYWORD_NONE},
    {"default", KIND_NOTE, CLI_KEYWORD_NONE},
    {"definitions", KIND_SCHEMAS_BY_NAME, CLI_KEYWORD_NONE},
    {"deprecated", KIND_NOTE, CLI_KEYWORD_NONE},
    {"description", KIND_NOTE, CLI_KEYWORD_NONE},
    /* OpenAPI's hint, beside the oneOf that decides. */
    {"discriminator", KIND_NOTE, CLI_KEYWORD_NONE},
    {"enum", KIND_LIST, CLI_KEYWORD_ENUM},
    {"examples", KIND_NOTE, CLI_KEYWORD_NONE},
    {"exclusiveMaximum", KIND_NUMBER, CLI_KEYWORD_MAXIMUM_EXCLUSIVE},
    {"exclusiveMinimum", KIND_NUMBER, CLI_KEYWORD_MINIMUM_EXCLUSIVE},
    /* JSON Schema 2020-12 makes it an annotation. */
    {"format", KIND_NOTE, CLI_KEYWORD_NONE},
    {"items", KIND_SCHEMA, CLI_KEYWORD_ITEMS},
    {"maxItems", KIND_COUNT, CLI_KEYWORD_MAX_ITEMS},
    {"maxLength", KIND_COUNT, CLI_KEYWORD_MAX_LENGTH},
    {"maxProperties", KIND_COUNT, CLI_KEYWORD_MAX_PROPERTIES},
    {"maximum", KIND_NUMBER, CLI_KEYWORD_MAXIMUM},
    {"minItems", KIND_COUNT, CLI_KEYWORD_MIN_ITEMS},
    {"minLength", KIND_COUNT, CLI_KEYWORD_MIN_LENGTH},
    {"minProperties", KIND_COUNT, CLI_KEYWORD_MIN_PROPERTIES},
    {"minimum", KIND_NUMBER, CLI_KEYWORD_MINIMUM},
    {"multipleOf", KIND_FACTOR, CLI_KEYWORD_MULTIPLE},
    {"not", KIND_SCHEMA, CLI_KEYWORD_NOT},
    {"oneOf", KIND_SCHEMAS, CLI_KEYWORD_ONE_OF},
    {"pattern", KIND_PATTERN, CLI_KEYWORD_PATTERN},
    {"patternProperties", KIND_SCHEMAS_BY_PATTERN,
     CLI_KEYWORD_PATTERN_PROPERTIES},
    {"prefixItems", KIND_SCHEMAS, CLI_KEYWORD_PREFIX_ITEMS},
    {"properties", KIND_SCHEMAS_BY_NAME, CLI_KEYWORD_PROPERTIES},
    {"readOnly", KIND_NOTE, CLI_KEYWORD_NONE},
    {"required", KIND_NAMES, CLI_KEYWORD_REQUIRED},
    {"title", KIND_NOTE, CLI_KEYWORD_NONE},
    {"type", KIND_TYPE, CLI_KEYWORD_TYPE},
    {"uniqueItems", KIND_FLAG, CLI_KEYWORD_UNIQUE},
    {"writeOnly", KIND_NOTE, CLI_KEYWORD_NONE},
};

/* ---- refusals ------------------------------------------------------------ */

static char *refuse(const struct cli_node *node, const char *why)
{
    char *fault;
    size_t len;
    FILE *file = cli_alloc_file(&fault, &len);

    cli_tree_point(file, node);
    fprintf(file, ": %s", why);
    fclose(file);
    return fault;
}

/* ---- what keywords may say ----------------------------------------------- */

static bool is_a(const struct cli_node *node, chutes_json_type type)
{
    return cli_value_type(node->value) == type;
}

static bool is_type_name(const struct cli_node *node)
{
    static const char *const names[] = {
        "null", "boolean", "number", "integer", "string", "array", "object"};

    for (size_t i = 0; i < CLI_COUNT(names) && node->text != NULL; i++) {
        if (strcmp(node->text, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Is this an array of which each element is right? */
static bool holds_only(const struct cli_node *node,
                       bool (*is_right)(const struct cli_node *))
{
    if (!is_a(node, CHUTES_JSON_ARRAY)) {
        return false;
    }
    for (const struct cli_node *at = node->first; at != NULL; at = at->next) {
        if (!is_right(at)) {
            return false;
        }
    }
    return true;
}

static bool is_string(const struct cli_node *node)
{
    return node->text != NULL;
}

static bool is_count(const struct cli_node *node)
{
    int64_t count;

    return chutes_json_get_int64(node->value.text, node->value.len, "",
                                 &count) &&
           count >= 0;
}

/* Returns what the value of a keyword must be if it isn't that, or NULL. */
static const char *find_fault(const struct cli_node *node, enum kind kind)
{
    switch (kind) {
    case KIND_COUNT:
        return is_count(node) ? NULL : "must be a whole number, at least 0";
    case KIND_FACTOR:
        return cli_number_is_factor(node->value)
                   ? NULL
                   : "must be a number above 0 with at most 18 digits";
    case KIND_FLAG:
        return is_a(node, CHUTES_JSON_BOOL) ? NULL : "must be true or false";
    case KIND_LIST:
        return is_a(node, CHUTES_JSON_ARRAY) ? NULL : "must be an array";
    case KIND_NAMES:
        return holds_only(node, is_string) ? NULL
                                           : "must be an array of strings";
    case KIND_NUMBER:
        return is_a(node, CHUTES_JSON_NUMBER) ? NULL : "must be a number";
    case KIND_PATTERN:
    case KIND_REF:
        return is_string(node) ? NULL : "must be a string";
    case KIND_SCHEMAS:
        return is_a(node, CHUTES_JSON_ARRAY) && node->count > 0
                   ? NULL
                   : "must be an array of schemas";
    case KIND_SCHEMAS_BY_NAME:
    case KIND_SCHEMAS_BY_PATTERN:
        return is_a(node, CHUTES_JSON_OBJECT) ? NULL : "must be an object";
    case KIND_TYPE:
        return is_type_name(node) ||
                       (node->count > 0 && holds_only(node, is_type_name))
                   ? NULL
                   : "must be a type or an array of types";
    case KIND_NOTE_AT_ROOT:
        return node->parent->parent == NULL
                   ? NULL
                   : "is supported only at the root of the schema";
    default:
        return NULL;
    }
}

/* ---- reading ------------------------------------------------------------- */

static char *read_schema(struct cli_node *node);

static char *read_schemas(const struct cli_node *list)
{
    char *fault = NULL;

    for (struct cli_node *at = list->first; at != NULL && fault == NULL;
         at = at->next) {
        fault = read_schema(at);
    }
    return fault;
}

static char *read_pattern(const struct cli_node *node, const char *pattern)
{
    char why[CLI_PATTERN_FAULT_SIZE];

    return cli_pattern_check(pattern, why) ? NULL : refuse(node, why);
}

static char *read_schemas_by_pattern(const struct cli_node *list)
{
    char *fault = NULL;

    for (struct cli_node *at = list->first; at != NULL && fault == NULL;
         at = at->next) {
        fault = read_pattern(at, at->name);
    }
    return fault != NULL ? fault : read_schemas(list);
}

static void prepare_comparison(struct cli_node *node)
{
    free(node->text);
    node->text = cli_canonical_text(node->value);
}

static char *read_inside(struct cli_node *node, enum kind kind)
{
    switch (kind) {
    case KIND_ANY:
        prepare_comparison(node);
        return NULL;
    case KIND_LIST:
        for (struct cli_node *at = node->first; at != NULL; at = at->next) {
            prepare_comparison(at);
        }
        return NULL;
    case KIND_PATTERN:
        return read_pattern(node, node->text);
    case KIND_SCHEMA:
        return read_schema(node);
    case KIND_SCHEMAS:
    case KIND_SCHEMAS_BY_NAME:
        return read_schemas(node);
    case KIND_SCHEMAS_BY_PATTERN:
        return read_schemas_by_pattern(node);
    default:
        return NULL;
    }
}

static const struct word *find_word(const char *name)
{
    for (size_t i = 0; i < CLI_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i].name, name) == 0) {
            return &WORDS[i];
        }
    }
    return NULL;
}

static char *read_keyword(struct cli_node *node)
{
    const struct word *word = find_word(node->name);
    const char *why;

    if (word == NULL) {
        /* By custom, tools begin the names of their own notes with x-. */
        return strncmp(node->name, "x-", 2) == 0
                   ? NULL
                   : refuse(node, "answers can't be checked against this "
                                  "keyword");
    }
    why = cli_tree_member(node->parent, node->name) != node
              ? "appears twice"
              : find_fault(node, word->kind);
    if (why != NULL) {
        return refuse(node, why);
    }
    node->keyword = (int)word->keyword;
    return read_inside(node, word->kind);
}

static char *read_schema(struct cli_node *node)
{
    char *fault = NULL;

    if (!is_a(node, CHUTES_JSON_OBJECT) && !is_a(node, CHUTES_JSON_BOOL)) {
        return refuse(node, "must be a schema: an object, true or false");
    }
    node->is_schema = true;
    for (struct cli_node *at = node->first; at != NULL && fault == NULL;
         at = at->next) {
        fault = read_keyword(at);
    }
    return fault;
}

/* ---- references ---------------------------------------------------------- */

static char *resolve(struct cli_node *root, struct cli_node *node)
{
    char *fault = NULL;

    if (node->keyword == CLI_KEYWORD_REF) {
        node->target = cli_tree_follow(root, node->text);
        if (node->target == NULL || !node->target->is_schema) {
            return refuse(node, "must refer to a schema in this file, such as "
                                "#/$defs/NAME");
        }
    }
    for (struct cli_node *at = node->first; at != NULL && fault == NULL;
         at = at->next) {
        fault = resolve(root, at);
    }
    return fault;
}

static int measure(struct cli_node *schema, int depth);

/* Returns the greatest height of the schemas in a keyword that apply to the
 * value that the keyword applies to. */
static int measure_inside(struct cli_node *keyword, int depth)
{
    int highest = 0;

    switch (keyword->keyword) {
    case CLI_KEYWORD_REF:
        return measure(keyword->target, depth);
    case CLI_KEYWORD_NOT:
        return measure(keyword, depth);
    case CLI_KEYWORD_ALL_OF:
    case CLI_KEYWORD_ANY_OF:
    case CLI_KEYWORD_ONE_OF:
        for (struct cli_node *at = keyword->first; at != NULL; at = at->next) {
            int height = measure(at, depth);

            highest = height > highest ? height : highest;
        }
        return highest;
    default:
        return 0;
    }
}

/* Returns more than MAX_HEIGHT if the schema refers to itself. */
static int measure(struct cli_node *schema, int depth)
{
    int highest = 0;

    if (depth > MAX_HEIGHT) {
        return MAX_HEIGHT + 1;
    }
    /* A schema that refers to itself is measured again inside itself. The
     * innermost call sets its height, which ends the loops of the others: so
     * the work doesn't double at each level. */
    for (struct cli_node *at = schema->first; at != NULL && schema->height == 0;
         at = at->next) {
        int height = measure_inside(at, depth + 1);

        highest = height > highest ? height : highest;
    }
    if (schema->height == 0) {
        schema->height = highest + 1;
    }
    return schema->height;
}

static char *limit_heights(struct cli_node *node)
{
    char *fault = NULL;

    if (node->is_schema && measure(node, 1) > MAX_HEIGHT) {
        return refuse(node, "refers to itself, or to a schema that refers to "
                            "the next one, and so on");
    }
    for (struct cli_node *at = node->first; at != NULL && fault == NULL;
         at = at->next) {
        fault = limit_heights(at);
    }
    return fault;
}

char *cli_words_find(struct cli_node *root)
{
    char *fault = read_schema(root);

    if (fault == NULL) {
        fault = resolve(root, root);
    }
    return fault != NULL ? fault : limit_heights(root);
}

const struct cli_node *cli_words_at(const struct cli_node *schema,
                                    enum cli_keyword keyword)
{
    const struct cli_node *at = schema->first;

    while (at != NULL && at->keyword != (int)keyword) {
        at = at->next;
    }
    return at;
}
