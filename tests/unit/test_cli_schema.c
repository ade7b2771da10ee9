/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <time.h>

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/exit_code.c"
#include "cli/float_text.c"
#include "cli/input.c"
#include "cli/json_out.c"
#include "cli/json_text.c"
#include "cli/option_table.c"
#include "cli/output.c"
#include "cli/param_fields.c"
#include "cli/report.c"
#include "cli/schema.c"
#include "cli/schema_canonical.c"
#include "cli/schema_facts.c"
#include "cli/schema_fit.c"
#include "cli/schema_inside.c"
#include "cli/schema_members.c"
#include "cli/schema_number.c"
#include "cli/schema_pattern.c"
#include "cli/schema_state.c"
#include "cli/schema_tree.c"
#include "cli/schema_value.c"
#include "cli/schema_words.c"
#include "cli/suggest.c"
#include "cli/unsafe.c"
#include "cli/wording.c"

/* A schema, JSON that fits, JSON that doesn't, and why not. */
struct row {
    const char *schema;
    const char *fits;
    const char *differs;
    const char *fault;
};

static bool fits(const char *schema, const char *text,
                 char fault[CLI_SCHEMA_FAULT_SIZE])
{
    char *refusal;
    struct cli_node *tree = cli_schema_tree(schema, strlen(schema), &refusal);
    bool result;

    if (tree == NULL) {
        fail_msg("%s: %s", schema, refusal);
    }
    result = cli_schema_fits(tree, text, strlen(text), fault);
    cli_tree_free(tree);
    return result;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char fault[CLI_SCHEMA_FAULT_SIZE] = "";

        if (!fits(rows[i].schema, rows[i].fits, fault)) {
            fail_msg("%s, %s: %s", rows[i].schema, rows[i].fits, fault);
        }
        assert_false(fits(rows[i].schema, rows[i].differs, fault));
        if (strstr(fault, rows[i].fault) == NULL) {
            fail_msg("%s: %s", fault, rows[i].fault);
        }
    }
}

static void each_keyword_is_checked(void **state)
{
    static const struct row rows[] = {
        {"{\"type\":\"object\"}", "{}", "[]",
         "$: expected type \"object\", found []"},
        {"{\"type\":\"array\"}", "[1]", "{}",
         "$: expected type \"array\", found {}"},
        {"{\"type\":\"string\"}", "\"a\"", "1",
         "$: expected type \"string\", found 1"},
        {"{\"type\":\"integer\"}", "2.0", "2.5",
         "$: expected type \"integer\", found 2.5"},
        {"{\"type\":\"number\"}", "2.5", "\"2.5\"",
         "$: expected type \"number\", found \"2.5\""},
        {"{\"type\":\"boolean\"}", "true", "0",
         "$: expected type \"boolean\", found 0"},
        {"{\"type\":[\"string\",\"null\"]}", "null", "1",
         "$: expected type [\"string\",\"null\"], found 1"},
        {"{\"enum\":[\"a\",1,null]}", "\"\\u0061\"", "\"b\"",
         "$: expected one of [\"a\",1,null], found \"b\""},
        {"{\"enum\":[\"a\",1,null]}", "1.0", "2",
         "$: expected one of [\"a\",1,null], found 2"},
        {"{\"enum\":[\"a\",1,null]}", "null", "[]",
         "$: expected one of [\"a\",1,null], found []"},
        {"{\"minimum\":1}", "1", "0.5", "$: expected minimum 1, found 0.5"},
        {"{\"maximum\":1}", "1", "1.5", "$: expected maximum 1, found 1.5"},
        {"{\"exclusiveMinimum\":1}", "1.1", "1",
         "$: expected exclusiveMinimum 1, found 1"},
        {"{\"exclusiveMaximum\":1}", "0.9", "1",
         "$: expected exclusiveMaximum 1, found 1"},
        {"{\"minLength\":2}", "\"\xC3\xA9\xC3\xA9\"", "\"\xC3\xA9\"",
         "$: expected minLength 2, found \"\xC3\xA9\""},
        {"{\"maxLength\":1}", "\"\\u00e9\"", "\"ab\"",
         "$: expected maxLength 1, found \"ab\""},
        {"{\"minItems\":1}", "[0]", "[]", "$: expected minItems 1, found []"},
        {"{\"maxItems\":1}", "[0]", "[0,0]",
         "$: expected maxItems 1, found [0,0]"},
        {"{\"required\":[\"a.b\"]}", "{\"a.b\":1}", "{\"a\":1}",
         "$: expected a member \"a.b\""},
        {"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"b\":1}",
         "{\"a\":1}", "$.a: expected type \"null\", found 1"},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":false}",
         "{\"\\u0061\":1}", "{\"a\":1,\"b\":2}", "$: expected no member \"b\""},
        {"{\"additionalProperties\":{\"type\":\"null\"}}", "{\"a\":null}",
         "{\"b\":2}", "$.b: expected type \"null\", found 2"},
        {"{\"items\":{\"properties\":{\"p\":{\"type\":\"number\"}}}}",
         "[{\"p\":1},{}]", "[{\"p\":1},{\"p\":\"12 EUR\"}]",
         "$[1].p: expected type \"number\", found \"12 EUR\""},
        {"{\"items\":true,\"x-note\":{\"type\":1}}", "[1]", "[1", "at byte 2"},
        {"{}", " 1 ", "1 1", "at byte 2"},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void the_keywords_of_generated_schemas_are_checked(void **state)
{
    static const struct row rows[] = {
        {"{\"const\":{\"a\":[1]}}", "{ \"a\" : [1.0] }", "{\"a\":[2]}",
         "$: expected the value {\"a\":[1]}, found {\"a\":[2]}"},
        {"{\"multipleOf\":0.01}", "19.99", "19.995",
         "$: expected a multiple of 0.01, found 19.995"},
        {"{\"multipleOf\":3}", "-9007199254740993", "9007199254740991",
         "$: expected a multiple of 3, found 9007199254740991"},
        {"{\"multipleOf\":0.000001}", "4503599627370497.5", "0.0000005",
         "$: expected a multiple of 0.000001, found 0.0000005"},
        {"{\"multipleOf\":7}", "7e300", "4503599627370497.5",
         "$: expected a multiple of 7, found 4503599627370497.5"},
        {"{\"multipleOf\":12e-20}", "0", "18014398509481986e-20",
         "$: expected a multiple of 12e-20, found 18014398509481986e-20"},
        {"{\"multipleOf\":1}", "1e300", "10000000000.5",
         "$: expected a multiple of 1, found 10000000000.5"},
        {"{\"maximum\":9007199254740992}", "9007199254740992",
         "9007199254740993",
         "$: expected maximum 9007199254740992, found 9007199254740993"},
        {"{\"maximum\":18446744073709551616}", "1.8446744073709551616e19",
         "18446744073709551617",
         "$: expected maximum 18446744073709551616, found 1844674407370955161"},
        {"{\"minimum\":-0.1}", "-0.10000000000000000000",
         "-0.10000000000000000001", "$: expected minimum -0.1, found -0.1000"},
        {"{\"enum\":[18446744073709551616,0]}", "-0e5", "18446744073709551617",
         "$: expected one of [1844674407"},
        {"{\"uniqueItems\":true}", "[1e20,100000000000000000001]",
         "[1e20,100000000000000000000.0]", "$: expected no two equal"},
        {"{\"type\":\"integer\"}", "1e400", "9007199254740993.5",
         "$: expected type \"integer\", found 9007199254740993.5"},
        {"{\"maximum\":10}", "-1e999", "1e999",
         "$: expected maximum 10, found 1e999"},
        {"{\"pattern\":\"^[A-Z]{2}\\\\d+$\"}", "\"AB1\"", "\"AB\"",
         "$: expected pattern \"^[A-Z]{2}\\\\d+$\", found \"AB\""},
        {"{\"uniqueItems\":true}", "[1,\"1\",{\"a\":1,\"b\":2}]",
         "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1.0}]",
         "$: expected no two equal elements, found [{"},
        {"{\"uniqueItems\":false}", "[1,1]", "[1,1", "at byte 4"},
        {"{\"prefixItems\":[{\"type\":\"null\"}],\"items\":false}", "[null]",
         "[null,1]", "$[1]: expected no value, found 1"},
        {"{\"prefixItems\":[{},{\"type\":\"null\"}]}", "[1,null,2]", "[1,2]",
         "$[1]: expected type \"null\", found 2"},
        {"{\"minProperties\":1}", "{\"a\":1}", "{}",
         "$: expected minProperties 1, found {}"},
        {"{\"maxProperties\":1}", "{\"a\":1}", "{\"a\":1,\"b\":1}",
         "$: expected maxProperties 1, found {"},
        {"{}", "{\"a\":1,\"b\":1}", "{\"a\":1,\"\\u0061\":1}",
         "$: expected only one member \""},
        {"{\"patternProperties\":{\"^n.*$\":{\"type\":\"null\"}},"
         "\"additionalProperties\":false}",
         "{\"n1\":null}", "{\"n1\":1}", "$.n1: expected type \"null\""},
        {"{\"not\":{\"type\":\"null\"}}", "1", "null",
         "$: expected not {\"type\":\"null\"}, found null"},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "1", "3",
         "$: expected maximum 2, found 3"},
        {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", "1",
         "$: expected only one of [{\"minimum\":1},{\"maximum\":2}], found 1"},
        {"{\"oneOf\":[{\"type\":\"null\"},{\"const\":1}]}", "1", "2",
         "$: expected one of [{\"type\":\"null\"},{\"const\":1}], found 2"},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void values_are_compared_as_json(void **state)
{
    static const struct row rows[] = {
        {"{\"enum\":[true]}", " true", "false",
         "$: expected one of [true], found false"},
        {"{\"enum\":[{\"a\":1,\"b\":[true,{}]}]}",
         "{ \"b\" : [ true, { } ], \"\\u0061\" : 1.0 }",
         "{\"a\":1,\"b\":[true]}",
         "$: expected one of [{\"a\":1,\"b\":[true,{}]}], found "
         "{\"a\":1,\"b\":[true]}"},
        {"{\"enum\":[[1,2]]}", "[1.0, 2]", "[1,3]",
         "$: expected one of [[1,2]], found [1,3]"},
        {"{\"enum\":[[1]]}", "[1]", "[1,2]",
         "$: expected one of [[1]], found [1,2]"},
        {"{\"enum\":[{\"a\":1}]}", "{\"a\":1}", "{\"a\":1,\"b\":2}",
         "$: expected one of [{\"a\":1}], found {\"a\":1,\"b\":2}"},
        {"{\"enum\":[{\"a\":1,\"b\":2}]}", "{\"b\":2,\"a\":1}",
         "{\"a\":1,\"c\":2}",
         "$: expected one of [{\"a\":1,\"b\":2}], found {\"a\":1,\"c\":2}"},
        {"{\"properties\":{\"a\":false}}", "{\"b\":1}", "{\"a\":1}",
         "$.a: expected no value, found 1"},
        {"{\"items\":false}", "[]", "[1]", "$[0]: expected no value, found 1"},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

/* Pydantic writes nested models as $ref, and Optional as anyOf. */
static void what_a_reference_stands_for_is_checked(void **state)
{
#define PERSON                                                       \
    "\"$defs\":{\"Person\":{\"type\":\"object\",\"properties\":{"    \
    "\"age\":{\"type\":\"integer\"},\"boss\":{\"anyOf\":[{\"$ref\":" \
    "\"#/$defs/Person\"},{\"type\":\"null\"}],\"default\":null}},"   \
    "\"required\":[\"age\"]},\"a/b~c\":{\"type\":\"null\"}}}"
    static const struct row rows[] = {
        {"{\"$ref\":\"#/$defs/Person\"," PERSON,
         "{\"age\":1,\"boss\":{\"age\":2,\"boss\":null}}",
         "{\"age\":1,\"boss\":{\"age\":2,\"boss\":{\"age\":\"x\"}}}",
         "$.boss.boss.age: expected type \"integer\", found \"x\""},
        {"{\"$ref\":\"#/$defs/Person\",\"maxProperties\":1," PERSON,
         "{\"age\":1}", "{\"age\":1,\"boss\":null}",
         "$: expected maxProperties 1, found {"},
        {"{\"items\":{\"$ref\":\"#/$defs/a~1b~0c\"}," PERSON, "[null]", "[1]",
         "$[0]: expected type \"null\", found 1"},
        {"{\"items\":{\"$ref\":\"#/%24defs/a~1b%7E0c\"}," PERSON, "[null]",
         "[1]", "$[0]: expected type \"null\", found 1"},
        {"{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}", "[[],[[]]]",
         "[[],[1]]", "$[1][0]: expected type \"array\", found 1"},
        {"{\"items\":{\"$ref\":\"#/anyOf/1\"},\"anyOf\":[{},{\"type\":"
         "\"null\"}]}",
         "[null]", "[1]", "$[0]: expected type \"null\", found 1"},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void the_deepest_fault_of_alternatives_is_told(void **state)
{
    static const struct row rows[] = {
        {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}}},"
         "{\"type\":\"null\"}]}",
         "{\"a\":null}", "{\"a\":1}", "$.a: expected type \"null\", found 1"},
        {"{\"anyOf\":[{\"type\":\"array\"},{\"type\":\"null\"}]}", "null", "1",
         "$: expected any of [{"},
        /* A fault is forgotten if another alternative fits, or if it is inside
         * a "not". */
        {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}}},{}],"
         "\"maxProperties\":1}",
         "{\"a\":1}", "{\"a\":1,\"b\":1}", "$: expected maxProperties 1"},
        {"{\"not\":{\"properties\":{\"a\":{\"type\":\"null\"}}},"
         "\"properties\":{\"b\":false}}",
         "{\"a\":1}", "{\"a\":1,\"b\":1}", "$.b: expected no value"},
        {"{\"anyOf\":[{\"items\":{\"items\":{\"type\":\"null\"}}},"
         "{\"items\":{\"not\":{\"items\":{\"items\":false}}}}]}",
         "[[null]]", "[[1]]", "$[0][0]: expected type \"null\", found 1"},
        /* A member that one alternative names is unknown to the next one. */
        {"{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"null\"}}},"
         "{\"additionalProperties\":false}]}",
         "{\"a\":null}", "{\"a\":1}", "$.a: expected type \"null\", found 1"},
    };

    (void)state;
    check_rows(rows, COUNT(rows));
}

static void what_would_not_be_checked_is_refused(void **state)
{
    static const struct {
        const char *schema;
        const char *refusal; /* its beginning; NULL: none */
    } rows[] = {
        {"{\"title\":1,\"description\":1,\"default\":1,\"examples\":1,"
         "\"$comment\":1,\"$schema\":1,\"$id\":1,\"$anchor\":1,"
         "\"deprecated\":1,\"readOnly\":1,\"writeOnly\":1,\"format\":1,"
         "\"contentEncoding\":1,\"contentMediaType\":1,\"contentSchema\":1,"
         "\"discriminator\":1,\"x-order\":1,\"definitions\":{}}",
         NULL},
        {"{\"properties\":{\"a/b\":{\"contains\":{}}}}",
         "#/properties/a~1b/contains: answers can't be checked"},
        {"{\"anyOf\":[{},{\"if\":true}]}", "#/anyOf/1/if: answers"},
        {"{\"not\":{\"propertyNames\":{}}}", "#/not/propertyNames: "},
        {"{\"$defs\":{\"x\":{\"dependentRequired\":{}}}}",
         "#/$defs/x/dependentRequired: "},
        {"{\"unevaluatedProperties\":false}", "#/unevaluatedProperties: "},
        {"{\"requierd\":[]}", "#/requierd: "},
        {"{\"items\":{\"$id\":\"x\"}}",
         "#/items/$id: is supported only at the root"},
        {"{\"type\":\"null\",\"type\":\"null\"}", "#/type: appears twice"},
        {"{\"type\":\"int\"}", "#/type: must be a type"},
        {"{\"type\":[\"null\",1]}", "#/type: must be a type"},
        {"{\"type\":[]}", "#/type: must be a type"},
        {"{\"minLength\":-1}", "#/minLength: must be a whole number"},
        {"{\"maxItems\":1.5}", "#/maxItems: must be a whole number"},
        {"{\"multipleOf\":0}", "#/multipleOf: must be a number above 0"},
        {"{\"multipleOf\":1234567890.123456789}",
         "#/multipleOf: must be a number above 0 with at most 18 digits"},
        {"{\"multipleOf\":\"1\"}", "#/multipleOf: must be a number above 0"},
        {"{\"exclusiveMinimum\":true}", "#/exclusiveMinimum: must be a number"},
        {"{\"uniqueItems\":1}", "#/uniqueItems: must be true or false"},
        {"{\"enum\":{}}", "#/enum: must be an array"},
        {"{\"required\":[1]}", "#/required: must be an array of strings"},
        {"{\"required\":true}", "#/required: must be an array of strings"},
        {"{\"items\":[{}]}", "#/items: must be a schema"},
        {"{\"anyOf\":[]}", "#/anyOf: must be an array of schemas"},
        {"{\"anyOf\":[1]}", "#/anyOf/0: must be a schema"},
        {"{\"properties\":[]}", "#/properties: must be an object"},
        {"{\"pattern\":1}", "#/pattern: must be a string"},
        {"{\"pattern\":\"^(a|b)$\"}",
         "#/pattern: the pattern is wrong or has groups or alternatives"},
        {"{\"pattern\":\"a\"}", "#/pattern: the pattern must begin with ^"},
        {"{\"patternProperties\":{\"(\":{}}}",
         "#/patternProperties/(: the pattern must begin with ^"},
        {"{\"$ref\":1}", "#/$ref: must be a string"},
        {"{\"$ref\":\"#/$defs/a\"}", "#/$ref: must refer to a schema in this"},
        {"{\"$ref\":\"#/$defs/a%00b\",\"$defs\":{\"a\":{}}}",
         "#/$ref: must refer to a schema in this"},
        {"{\"$ref\":\"#/anyOf/1\",\"anyOf\":[{}]}",
         "#/$ref: must refer to a schema in this"},
        {"{\"$ref\":\"other.json\"}", "#/$ref: must refer to a schema in"},
        {"{\"$ref\":\"other.json#/$defs/a\",\"$defs\":{\"a\":{}}}",
         "#/$ref: must refer to a schema in"},
        {"{\"$ref\":\"#/enum/0\",\"enum\":[{}]}", "#/$ref: must refer to a"},
        {"{\"$ref\":\"#\"}", "#: refers to itself"},
        {"{\"anyOf\":[{},{\"not\":{\"$ref\":\"#/anyOf/1\"}}]}",
         "#: refers to itself"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *refusal;
        struct cli_node *tree =
            cli_schema_tree(rows[i].schema, strlen(rows[i].schema), &refusal);

        if (rows[i].refusal == NULL) {
            assert_null(refusal);
        } else if (refusal == NULL || strncmp(refusal, rows[i].refusal,
                                              strlen(rows[i].refusal)) != 0) {
            fail_msg("%s: %s", rows[i].schema, refusal);
        }
        cli_tree_free(tree);
        free(refusal);
    }
}

/* Each level of the answer doubles the work, unless it is limited. */
static void the_work_is_limited(void **state)
{
    static const char schema[] =
        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"anyOf\":["
        "{\"items\":{\"$ref\":\"#/$defs/a\"},\"maxItems\":1,\"minItems\":1},"
        "{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":1}]}}}";
    char text[2 * 60 + 1] = "";
    char fault[CLI_SCHEMA_FAULT_SIZE];

    (void)state;
    memset(text, '[', 60);
    memset(text + 60, ']', 60);
    assert_false(fits(schema, text, fault));
    assert_string_equal(fault, "the check would take too long");
    /* A check that took too long inside a "not" is no fit either. */
    assert_false(
        fits("{\"not\":{\"$ref\":\"#/$defs/a\"},\"$defs\":{\"a\":{\"anyOf\":["
             "{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":1},"
             "{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":1}]}}}",
             text, fault));
    assert_string_equal(fault, "the check would take too long");
}

/* Writes numbers from 0 on, each between two texts, and commas between. */
static void put_many(FILE *file, const char *before, const char *after,
                     int count)
{
    for (int i = 0; i < count; i++) {
        fputs(i > 0 ? "," : "", file);
        fprintf(file, "%s%d%s", before, i, after);
    }
}

/* Each name is compared with each pattern, though both are short. */
static void the_work_of_patterns_is_limited(void **state)
{
    char *schema;
    char *text;
    char fault[CLI_SCHEMA_FAULT_SIZE];
    size_t len;
    FILE *file = cli_alloc_file(&schema, &len);

    (void)state;
    fputs("{\"patternProperties\":{", file);
    put_many(file, "\"^x", "$\":{}", 500);
    fputs("}}", file);
    fclose(file);
    file = cli_alloc_file(&text, &len);
    fputs("{", file);
    put_many(file, "\"", "\":1", 500);
    fputs("}", file);
    fclose(file);
    assert_false(fits(schema, text, fault));
    assert_string_equal(fault, "the check would take too long");
    free(schema);
    free(text);
}

/* Makes a text that begins, repeats a part and ends. The caller frees it. */
static char *repeat(const char *begin, const char *before, const char *after,
                    int count, const char *end)
{
    char *text;
    size_t len;
    FILE *file = cli_alloc_file(&text, &len);

    fputs(begin, file);
    put_many(file, before, after, count);
    fputs(end, file);
    fclose(file);
    return text;
}

/* Checks that a large answer fits none of many alternatives. It took up to ten
 * seconds when each alternative read the answer again. */
static void check_alternatives(const char *word, const char *before,
                               const char *after, const char *answer)
{
    enum { ALTERNATIVES = 300 };
    char *alternatives = repeat("", before, after, ALTERNATIVES, "]}");
    char *schema = NULL;
    char fault[CLI_SCHEMA_FAULT_SIZE];
    clock_t begin = clock();
    size_t len;
    FILE *file = cli_alloc_file(&schema, &len);

    fprintf(file, "{\"%s\":[%s", word, alternatives);
    fclose(file);
    if (fits(schema, answer, fault) || strstr(fault, " of [") == NULL) {
        fail_msg("%s: %.200s", fault, schema);
    }
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 4);
    free(alternatives);
    free(schema);
}

static void many_alternatives_read_a_large_answer_once(void **state)
{
    enum { VALUES = 100000 };
    char *array = repeat("[", "1", "", VALUES, ",10]");
    char *object = repeat("{", "\"k", "\":1", VALUES, "}");
    char *string = repeat("\"", "\\u00e9", "", VALUES, "\"");
    char *members;
    size_t len;
    FILE *file = cli_alloc_file(&members, &len);

    (void)state;
    fprintf(file, "{\"a\":%s,\"b\":%s}", array, string);
    fclose(file);
    check_alternatives("anyOf", "{\"const\":[", "]}", array);
    check_alternatives("oneOf", "{\"enum\":[{},\"", "\"]}", object);
    check_alternatives("anyOf", "{\"anyOf\":[{\"const\":\"",
                       "\"},{\"enum\":[]}]}", string);
    check_alternatives("anyOf", "{\"maxLength\":", "}", string);
    check_alternatives("oneOf", "{\"maxItems\":", "}", array);
    check_alternatives("anyOf", "{\"uniqueItems\":true,\"title\":", "}", array);
    check_alternatives("anyOf", "{\"required\":[\"", "\"]}", object);
    check_alternatives("anyOf", "{\"properties\":{\"k1\":{\"const\":\"",
                       "\"}},\"maxProperties\":1}", object);
    check_alternatives(
        "anyOf",
        "{\"properties\":{\"b\":{\"minLength\":1},\"a\":{\"minItems\":1}},"
        "\"required\":[\"",
        "\"]}", members);
    free(array);
    free(object);
    free(string);
    free(members);
}

/* It took minutes when each reference was counted through. */
static void many_references_are_found_at_once(void **state)
{
    enum { REFERENCES = 20000 };
    char *schema;
    char fault[CLI_SCHEMA_FAULT_SIZE];
    size_t len;
    FILE *file = cli_alloc_file(&schema, &len);
    clock_t begin = clock();

    (void)state;
    fputs("{\"anyOf\":[", file);
    for (int i = 0; i < REFERENCES; i++) {
        fprintf(file, "{\"$ref\":\"#/anyOf/%d\"},", REFERENCES);
    }
    fputs("{\"type\":\"null\"}]}", file);
    fclose(file);
    assert_true(fits(schema, "null", fault));
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 10);
    free(schema);
}

static void a_short_form_becomes_a_schema(void **state)
{
    static const struct {
        const char *given;
        const char *properties; /* NULL: refused */
        const char *required;
    } rows[] = {
        {"name", "\"name\":{\"type\":\"string\"}", "\"name\""},
        {" a , b_2 int ",
         "\"a\":{\"type\":\"string\"},\"b_2\":{\"type\":\"integer\"}",
         "\"a\",\"b_2\""},
        {"a[]", "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
         "\"a\""},
        {"a number[]?",
         "\"a\":{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"number\"}"
         "}",
         "\"a\""},
        {"a? bool", "\"a\":{\"type\":[\"boolean\",\"null\"]}", "\"a\""},
        {"", NULL, NULL},
        {"a,", NULL, NULL},
        {",a", NULL, NULL},
        {"a b", NULL, NULL},
        {"a int int", NULL, NULL},
        {"a[[]]", NULL, NULL},
        {"a,b,a", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cli_output output = {.chatter = {.file = tmpfile()}};
        char want[512];
        char *schema;

        assert_true(cli_schema_is_short(rows[i].given));
        schema = cli_schema_read(rows[i].given, &output);
        assert_int_equal(schema != NULL, rows[i].properties != NULL);
        if (schema != NULL) {
            snprintf(want, sizeof(want),
                     "{\"type\":\"object\",\"properties\":{%s},\"required\":["
                     "%s],\"additionalProperties\":false}",
                     rows[i].properties, rows[i].required);
            assert_string_equal(schema, want);
        }
        free(schema);
        free(output.refusal);
        fclose(output.chatter.file);
    }
    assert_false(cli_schema_is_short("./name"));
    assert_false(cli_schema_is_short("schema.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_keyword_is_checked),
        cmocka_unit_test(the_keywords_of_generated_schemas_are_checked),
        cmocka_unit_test(values_are_compared_as_json),
        cmocka_unit_test(what_a_reference_stands_for_is_checked),
        cmocka_unit_test(the_deepest_fault_of_alternatives_is_told),
        cmocka_unit_test(what_would_not_be_checked_is_refused),
        cmocka_unit_test(the_work_is_limited),
        cmocka_unit_test(the_work_of_patterns_is_limited),
        cmocka_unit_test(many_alternatives_read_a_large_answer_once),
        cmocka_unit_test(many_references_are_found_at_once),
        cmocka_unit_test(a_short_form_becomes_a_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
