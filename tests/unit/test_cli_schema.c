/* SPDX-License-Identifier: MIT */
#include "test.h"

/* The command is a program, not a library: its sources are included. */
#include "cli/alloc.c"
#include "cli/exit_code.c"
#include "cli/float_text.c"
#include "cli/input.c"
#include "cli/json_out.c"
#include "cli/json_text.c"
#include "cli/output.c"
#include "cli/param_fields.c"
#include "cli/report.c"
#include "cli/schema.c"
#include "cli/schema_fit.c"
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

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char fault[CLI_SCHEMA_FAULT_SIZE] = "";

        if (!cli_schema_fits(rows[i].schema, rows[i].fits, strlen(rows[i].fits),
                             fault)) {
            fail_msg("%s, %s: %s", rows[i].schema, rows[i].fits, fault);
        }
        assert_false(cli_schema_fits(rows[i].schema, rows[i].differs,
                                     strlen(rows[i].differs), fault));
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
        {"{\"items\":true,\"unknown\":{\"type\":\"null\"}}", "[1]", "[1",
         "at byte 2"},
        {"{}", " 1 ", "1 1", "at byte 2"},
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
        cmocka_unit_test(values_are_compared_as_json),
        cmocka_unit_test(a_short_form_becomes_a_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
