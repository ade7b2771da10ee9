/* SPDX-License-Identifier: MIT */
/*
 * Checks an answer against a JSON Schema (2020-12). The nesting of the answer
 * and of the schema is limited, so recursion ends; the work is limited too,
 * because a schema with a few $ref and anyOf can ask for any amount of it.
 */
#include "cli/schema_fit.h"

#include "cli/count.h"
#include "cli/schema_facts.h"
#include "cli/schema_inside.h"
#include "cli/schema_number.h"
#include "cli/schema_words.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The most work of a check, roughly in bytes that are looked at: a constant,
 * plus this much for each byte of the answer. */
enum { FREE_WORK = 16 << 20, WORK_PER_BYTE = 64 };

/* ---- any value ----------------------------------------------------------- */

static bool check(struct cli_fit *fit, const struct cli_node *schema,
                  struct cli_value value);

static bool has_type(struct cli_value value, const char *name)
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

    for (size_t i = 0; i < CLI_COUNT(types); i++) {
        if (strcmp(name, types[i].name) == 0) {
            return cli_value_type(value) == types[i].type &&
                   (strcmp(name, "integer") != 0 ||
                    cli_number_is_integer(value));
        }
    }
    return false;
}

static bool check_type(struct cli_fit *fit, const struct cli_node *keyword,
                       struct cli_value value)
{
    bool fits = keyword->text != NULL && has_type(value, keyword->text);

    for (const struct cli_node *at = keyword->first; at != NULL && !fits;
         at = at->next) {
        fits = has_type(value, at->text);
    }
    return fits || cli_fit_differ(fit, "type", keyword->value, value);
}

static bool check_const(struct cli_fit *fit, const struct cli_node *keyword,
                        struct cli_value value)
{
    return strcmp(cli_facts_canonical(fit, value), keyword->text) == 0 ||
           cli_fit_differ(fit, "the value", keyword->value, value);
}

static bool check_enum(struct cli_fit *fit, const struct cli_node *keyword,
                       struct cli_value value)
{
    const char *text = cli_facts_canonical(fit, value);
    bool fits = false;

    for (const struct cli_node *at = keyword->first; at != NULL && !fits;
         at = at->next) {
        fits = strcmp(text, at->text) == 0;
    }
    return fits || cli_fit_differ(fit, "one of", keyword->value, value);
}

static bool check_ref(struct cli_fit *fit, const struct cli_node *keyword,
                      struct cli_value value)
{
    return check(fit, keyword->target, value);
}

static bool check_all(struct cli_fit *fit, const struct cli_node *keyword,
                      struct cli_value value)
{
    const struct cli_node *at = keyword->first;

    while (at != NULL && check(fit, at, value)) {
        at = at->next;
    }
    return at == NULL;
}

/* Returns how many of the alternatives fit, at most `most`. If none does, keeps
 * their faults that are deeper in the answer than the value. */
static int count_fitting(struct cli_fit *fit, const struct cli_node *first,
                         struct cli_value value, int most)
{
    int kept = fit->fault_depth;
    char kept_fault[CLI_SCHEMA_FAULT_SIZE];
    int count = 0;

    memcpy(kept_fault, fit->fault, sizeof(kept_fault));
    if (fit->fault_depth < fit->depth) {
        fit->fault_depth = fit->depth;
    }
    for (const struct cli_node *at = first; at != NULL && count < most;
         at = at->next) {
        count += check(fit, at, value);
    }
    if (count > 0 || fit->fault_depth == fit->depth) {
        fit->fault_depth = kept;
        memcpy(fit->fault, kept_fault, sizeof(kept_fault));
    }
    return count;
}

/* Notes that no alternative fits, unless a deeper fault is kept. */
static bool check_any(struct cli_fit *fit, const struct cli_node *keyword,
                      struct cli_value value)
{
    return count_fitting(fit, keyword->first, value, 1) == 1 ||
           cli_fit_differ(fit, "any of", keyword->value, value);
}

static bool check_one(struct cli_fit *fit, const struct cli_node *keyword,
                      struct cli_value value)
{
    int count = count_fitting(fit, keyword->first, value, 2);

    return count == 1 ||
           cli_fit_differ(fit, count == 0 ? "one of" : "only one of",
                          keyword->value, value);
}

static bool check_not(struct cli_fit *fit, const struct cli_node *keyword,
                      struct cli_value value)
{
    int kept = fit->fault_depth;
    bool fits;

    fit->fault_depth = INT_MAX;
    fits = check(fit, keyword, value);
    fit->fault_depth = kept;
    return !fits || cli_fit_differ(fit, "not", keyword->value, value);
}

/* ---- numbers and sizes --------------------------------------------------- */

static bool check_number(struct cli_fit *fit, const struct cli_node *keyword,
                         struct cli_value value)
{
    int order = cli_number_compare(value, keyword->value);
    bool fits;

    switch (keyword->keyword) {
    case CLI_KEYWORD_MINIMUM:
        fits = order >= 0;
        break;
    case CLI_KEYWORD_MAXIMUM:
        fits = order <= 0;
        break;
    case CLI_KEYWORD_MINIMUM_EXCLUSIVE:
        fits = order > 0;
        break;
    default:
        fits = order < 0;
    }
    return fits || cli_fit_differ(fit, keyword->name, keyword->value, value);
}

static bool check_multiple(struct cli_fit *fit, const struct cli_node *keyword,
                           struct cli_value value)
{
    return cli_number_is_multiple(value, keyword->value) ||
           cli_fit_differ(fit, "a multiple of", keyword->value, value);
}

/* Checks how many characters, elements or members a value has. */
static bool check_size(struct cli_fit *fit, const struct cli_node *keyword,
                       struct cli_value value)
{
    size_t size = cli_facts_size(fit, value);
    int64_t limit = 0;
    bool is_least = strncmp(keyword->name, "min", 3) == 0;

    (void)chutes_json_get_int64(keyword->value.text, keyword->value.len, "",
                                &limit);
    return (is_least ? (int64_t)size >= limit : (int64_t)size <= limit) ||
           cli_fit_differ(fit, keyword->name, keyword->value, value);
}

/* ---- strings and arrays -------------------------------------------------- */

static bool check_pattern(struct cli_fit *fit, const struct cli_node *keyword,
                          struct cli_value value)
{
    return cli_fit_matches(fit, keyword->text, value) ||
           cli_fit_differ(fit, "pattern", keyword->value, value);
}

static bool check_unique(struct cli_fit *fit, const struct cli_node *keyword,
                         struct cli_value value)
{
    return keyword->value.text[0] == 'f' || !cli_facts_has_twins(fit, value) ||
           cli_fit_differ(fit, "no two equal elements",
                          (struct cli_value){"", 0}, value);
}

/* ---- all keywords -------------------------------------------------------- */

/* The checks of single keywords, in their order, and the type of the values
 * that they are about: CHUTES_JSON_NONE stands for all. */
static const struct rule {
    enum cli_keyword keyword;
    chutes_json_type type;
    bool (*check)(struct cli_fit *, const struct cli_node *, struct cli_value);
} RULES[] = {
    {CLI_KEYWORD_TYPE, CHUTES_JSON_NONE, check_type},
    {CLI_KEYWORD_CONST, CHUTES_JSON_NONE, check_const},
    {CLI_KEYWORD_ENUM, CHUTES_JSON_NONE, check_enum},
    {CLI_KEYWORD_MINIMUM, CHUTES_JSON_NUMBER, check_number},
    {CLI_KEYWORD_MAXIMUM, CHUTES_JSON_NUMBER, check_number},
    {CLI_KEYWORD_MINIMUM_EXCLUSIVE, CHUTES_JSON_NUMBER, check_number},
    {CLI_KEYWORD_MAXIMUM_EXCLUSIVE, CHUTES_JSON_NUMBER, check_number},
    {CLI_KEYWORD_MULTIPLE, CHUTES_JSON_NUMBER, check_multiple},
    {CLI_KEYWORD_MIN_LENGTH, CHUTES_JSON_STRING, check_size},
    {CLI_KEYWORD_MAX_LENGTH, CHUTES_JSON_STRING, check_size},
    {CLI_KEYWORD_PATTERN, CHUTES_JSON_STRING, check_pattern},
    {CLI_KEYWORD_MIN_ITEMS, CHUTES_JSON_ARRAY, check_size},
    {CLI_KEYWORD_MAX_ITEMS, CHUTES_JSON_ARRAY, check_size},
    {CLI_KEYWORD_UNIQUE, CHUTES_JSON_ARRAY, check_unique},
    {CLI_KEYWORD_MIN_PROPERTIES, CHUTES_JSON_OBJECT, check_size},
    {CLI_KEYWORD_MAX_PROPERTIES, CHUTES_JSON_OBJECT, check_size},
    {CLI_KEYWORD_REF, CHUTES_JSON_NONE, check_ref},
    {CLI_KEYWORD_ALL_OF, CHUTES_JSON_NONE, check_all},
    {CLI_KEYWORD_ANY_OF, CHUTES_JSON_NONE, check_any},
    {CLI_KEYWORD_ONE_OF, CHUTES_JSON_NONE, check_one},
    {CLI_KEYWORD_NOT, CHUTES_JSON_NONE, check_not},
};

static bool check_rules(struct cli_fit *fit, const struct cli_node *schema,
                        struct cli_value value)
{
    chutes_json_type type = cli_value_type(value);

    for (size_t i = 0; i < CLI_COUNT(RULES); i++) {
        const struct rule *rule = &RULES[i];
        const struct cli_node *keyword = cli_words_at(schema, rule->keyword);

        if (keyword == NULL ||
            (rule->type != CHUTES_JSON_NONE && rule->type != type)) {
            continue;
        }
        if (!rule->check(fit, keyword, value)) {
            return false;
        }
    }
    return true;
}

/* Returns how many words and values a check goes through, and the bytes of
 * those that it compares with. Numbers are read each time. */
static size_t weigh(const struct cli_node *schema, struct cli_value value)
{
    bool is_number = cli_value_type(value) == CHUTES_JSON_NUMBER;
    size_t weight = CLI_KEYWORD_COUNT + (is_number ? value.len : 0);

    for (const struct cli_node *at = schema->first; at != NULL; at = at->next) {
        bool is_compared = at->keyword != CLI_KEYWORD_NONE && at->count == 0;

        weight += 1 + at->count + (is_compared ? at->value.len : 0);
    }
    return weight;
}

static bool check(struct cli_fit *fit, const struct cli_node *schema,
                  struct cli_value value)
{
    if (!cli_fit_work(fit, weigh(schema, value))) {
        return false;
    }
    if (schema->value.text[0] != '{') { /* true or false */
        return schema->value.text[0] == 't' ||
               cli_fit_differ(fit, "no value", (struct cli_value){"", 0},
                              value);
    }
    if (!check_rules(fit, schema, value)) {
        return false;
    }
    switch (cli_value_type(value)) {
    case CHUTES_JSON_ARRAY:
        return cli_fit_elements(fit, schema, value);
    case CHUTES_JSON_OBJECT:
        return cli_fit_members(fit, schema, value);
    default:
        return true;
    }
}

/* ---- the interface ------------------------------------------------------- */

struct cli_node *cli_schema_tree(const char *schema, size_t len, char **refusal)
{
    struct cli_node *root = cli_tree_new(schema, len);

    *refusal = cli_words_find(root);
    if (*refusal != NULL) {
        cli_tree_free(root);
        return NULL;
    }
    return root;
}

static bool fits_words(const struct cli_node *root, struct cli_value value,
                       char *fault)
{
    struct cli_fit fit = {
        .check = check, .fault = fault, .fault_depth = -1, .path = "$"};
    bool fits;

    memset(fault, 0, CLI_SCHEMA_FAULT_SIZE);
    fit.work_left = FREE_WORK + (uint64_t)WORK_PER_BYTE * value.len;
    cli_facts_begin(&fit);
    fits = check(&fit, root, value);
    cli_facts_end(&fit);
    if (fit.is_too_much) {
        snprintf(fault, CLI_SCHEMA_FAULT_SIZE, "the check would take too long");
        return false;
    }
    return fits;
}

bool cli_schema_fits(const struct cli_node *schema, const char *text,
                     size_t len, char fault[CLI_SCHEMA_FAULT_SIZE])
{
    struct cli_value value;
    chutes_error error;

    if (chutes_json_check(text, len, &error) != CHUTES_OK) {
        snprintf(fault, CLI_SCHEMA_FAULT_SIZE, "%.200s", error.message);
        return false;
    }
    value.text = chutes_json_find(text, len, "", &value.len);
    return fits_words(schema, value, fault);
}
