/* SPDX-License-Identifier: MIT */
#include "json/builder.h"

#include "json/reader.h"

#include "alloc_fail.h"
#include "test.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 8 };

static void check_print(struct chutes__json_builder *builder, const char *want)
{
    struct chutes__buf buf;

    chutes__buf_init(&buf, 100000);
    assert_int_equal(chutes__json_builder_print(builder, &buf), CHUTES_OK);
    assert_string_equal(buf.data, want);
    assert_true(chutes__json_is_valid(buf.data, buf.len, 64));
    chutes__buf_dispose(&buf);
    chutes__json_builder_dispose(builder);
}

static void check_failure(struct chutes__json_builder *builder,
                          const char *field, const char *reason)
{
    struct chutes__buf buf;

    assert_int_equal(builder->status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(builder->failed_field, field);
    assert_string_equal(builder->reason, reason);
    chutes__buf_init(&buf, 1000);
    assert_int_equal(chutes__json_builder_print(builder, &buf),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
    chutes__json_builder_dispose(builder);
}

static void members_and_elements_come_out_in_order(void **state)
{
    struct chutes__json_builder builder;
    struct chutes__json_node *array;
    struct chutes__json_node *object;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_string(&builder, builder.root, "s", "text", "s");
    chutes__json_add_bool(&builder, builder.root, "t", true);
    chutes__json_add_bool(&builder, builder.root, "f", false);
    array = chutes__json_add_array(&builder, builder.root, "a");
    chutes__json_add_int(&builder, array, NULL, 1);
    object = chutes__json_add_object(&builder, array, NULL);
    chutes__json_add_double(&builder, object, "d", 0.5);
    chutes__json_add_string(&builder, array, NULL, "", "a[2]");
    chutes__json_add_array(&builder, array, NULL);
    chutes__json_add_object(&builder, builder.root, "o");
    check_print(&builder, "{\"s\":\"text\",\"t\":true,\"f\":false,"
                          "\"a\":[1,{\"d\":0.5},\"\",[]],\"o\":{}}");
}

static void an_empty_document_is_an_object(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    check_print(&builder, "{}");
}

static void strings_are_escaped(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_string(&builder, builder.root, "a\"b",
                            "\"\\/\b\f\n\r\t\x01\x1F\x7F \xE2\x82\xAC"
                            "\xF0\x9F\x98\x80",
                            "s");
    check_print(&builder, "{\"a\\\"b\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f"
                          "\x7F \xE2\x82\xAC\xF0\x9F\x98\x80\"}");
}

static void integers_are_exact(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_int(&builder, builder.root, "max", INT64_MAX);
    chutes__json_add_int(&builder, builder.root, "min", INT64_MIN);
    chutes__json_add_int(&builder, builder.root, "odd", 9007199254740993);
    chutes__json_add_int(&builder, builder.root, "zero", 0);
    check_print(&builder, "{\"max\":9223372036854775807,"
                          "\"min\":-9223372036854775808,"
                          "\"odd\":9007199254740993,\"zero\":0}");
}

static void doubles_are_short_and_exact(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_double(&builder, builder.root, "a", 0.7);
    chutes__json_add_double(&builder, builder.root, "b", 1);
    chutes__json_add_double(&builder, builder.root, "c", -1e-7);
    chutes__json_add_double(&builder, builder.root, "d", 1.0 / 3);
    check_print(&builder,
                "{\"a\":0.7,\"b\":1,\"c\":-1e-7,\"d\":0.3333333333333333}");
}

static void numbers_that_are_not_finite_fail(void **state)
{
    static const double numbers[] = {NAN, INFINITY, -INFINITY};
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct chutes__json_builder builder;

        chutes__json_builder_init(&builder, DEPTH);
        chutes__json_add_double(&builder, builder.root, "top_p", numbers[i]);
        check_failure(&builder, "top_p", "is not a finite number");
    }
}

static void invalid_utf8_fails(void **state)
{
    static const char *const texts[] = {"\xFF", "caf\xC3", "\xED\xA0\x80"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        struct chutes__json_builder builder;

        chutes__json_builder_init(&builder, DEPTH);
        chutes__json_add_string(&builder, builder.root, "k", texts[i],
                                "messages[1].content");
        check_failure(&builder, "messages[1].content", "is not valid UTF-8");
    }
}

static void json_of_the_caller_is_kept_word_for_word(void **state)
{
    static const char text[] =
        " { \"z\":1.0, \"a\" : 1E400,\"n\":123456789012345678901234567890,"
        "\"s\":\"\\u0041\\ud800\" } ";
    struct chutes__json_builder builder;
    char want[200] = "{\"k\":";

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_raw(&builder, builder.root, "k", text, CHUTES__JSON_OBJECT,
                         "field");
    (void)stpcpy(stpcpy(want + strlen(want), text), "}");
    check_print(&builder, want);
}

static const struct raw_case {
    const char *json;
    int wanted;
    const char *reason; /* NULL: valid */
} RAW_CASES[] = {
    {"[1]", CHUTES__JSON_ARRAY, NULL},
    {"{}", CHUTES__JSON_OBJECT, NULL},
    {"{}", CHUTES__JSON_NONE, NULL},
    {"null", CHUTES__JSON_NONE, NULL},
    {"\"x\"", CHUTES__JSON_STRING, NULL},
    {"[[[[[[[[]]]]]]]]", CHUTES__JSON_NONE, NULL},
    {"[[[[[[[[[]]]]]]]]]", CHUTES__JSON_NONE, "is nested too deeply"},
    {"", CHUTES__JSON_NONE, "is not valid JSON"},
    {"{", CHUTES__JSON_OBJECT, "is not valid JSON"},
    {"{} {}", CHUTES__JSON_OBJECT, "is not valid JSON"},
    {"{\"a\":01}", CHUTES__JSON_OBJECT, "is not valid JSON"},
    {"{'a':1}", CHUTES__JSON_OBJECT, "is not valid JSON"},
    {"[]", CHUTES__JSON_OBJECT, "is not a JSON object"},
    {"{}", CHUTES__JSON_ARRAY, "is not a JSON array"},
    {"1", CHUTES__JSON_STRING, "is not a JSON string"},
    {"1", CHUTES__JSON_TRUE, "is JSON of another type than wanted"},
    {"\"\xFF\"", CHUTES__JSON_NONE, "is not valid UTF-8"},
    {"{\"\xC3\":1}", CHUTES__JSON_OBJECT, "is not valid UTF-8"},
};

static void json_of_the_caller_is_checked(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(RAW_CASES); i++) {
        const struct raw_case *c = &RAW_CASES[i];
        struct chutes__json_builder builder;

        chutes__json_builder_init(&builder, DEPTH);
        chutes__json_add_raw(&builder, builder.root, "k", c->json, c->wanted,
                             "tools[0].parameters_json");
        if (c->reason != NULL) {
            check_failure(&builder, "tools[0].parameters_json", c->reason);
        } else {
            assert_int_equal(builder.status, CHUTES_OK);
            chutes__json_builder_dispose(&builder);
        }
    }
}

static void merging_replaces_and_appends(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_int(&builder, builder.root, "a", 1);
    chutes__json_add_int(&builder, builder.root, "b", 2);
    chutes__json_add_int(&builder, builder.root, "A", 3);
    chutes__json_merge(&builder, builder.root,
                       "{\"b\": [ 1.0 ], \"c\":{\"x\" : 1e2},\"c\":null,"
                       "\"\\u0061\":\"\\u0062\"}",
                       "stream", "extra_json");
    check_print(&builder,
                "{\"A\":3,\"b\":[ 1.0 ],\"c\":null,\"a\":\"\\u0062\"}");
}

static void merging_nothing_changes_nothing(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_int(&builder, builder.root, "a", 1);
    chutes__json_merge(&builder, builder.root, " { } ", NULL, "extra_json");
    check_print(&builder, "{\"a\":1}");
}

static void a_refused_key_is_seen_however_it_is_written(void **state)
{
    static const char *const texts[] = {
        "{\"stream\":true}",
        "{\"a\":1,\"\\u0073tre\\u0061m\" : false}",
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        struct chutes__json_builder builder;

        chutes__json_builder_init(&builder, DEPTH);
        chutes__json_merge(&builder, builder.root, texts[i], "stream",
                           "extra_json");
        check_failure(&builder, "extra_json", "has a key that is not allowed");
    }
}

static void only_a_valid_object_is_merged(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_merge(&builder, builder.root, "[]", NULL, "extra_json");
    check_failure(&builder, "extra_json", "is not a JSON object");
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_merge(&builder, builder.root, "{\"a\":}", NULL, "extra_json");
    check_failure(&builder, "extra_json", "is not valid JSON");
}

static void the_first_failure_stays_and_nothing_is_added(void **state)
{
    struct chutes__json_builder builder;
    struct chutes__json_node *object;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    object = chutes__json_add_object(&builder, builder.root, "o");
    chutes__json_builder_fail(&builder, CHUTES_ERR_INVALID_ARGUMENT, "first",
                              "reason");
    chutes__json_builder_fail(&builder, CHUTES_ERR_NO_MEMORY, "second", NULL);
    chutes__json_add_string(&builder, object, "a", "\xFF", "third");
    chutes__json_add_int(&builder, object, "a", 1);
    chutes__json_add_double(&builder, object, "a", NAN);
    chutes__json_add_bool(&builder, object, "a", true);
    chutes__json_add_raw(&builder, object, "a", "?", CHUTES__JSON_NONE, "x");
    chutes__json_merge(&builder, object, "?", NULL, "x");
    assert_null(chutes__json_add_object(&builder, object, "a"));
    assert_null(chutes__json_add_array(&builder, object, "a"));
    assert_null(cJSON_GetArrayItem((cJSON *)object, 0));
    check_failure(&builder, "first", "reason");
}

static void adding_to_no_node_does_nothing(void **state)
{
    struct chutes__json_builder builder;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_string(&builder, NULL, "a", "b", "a");
    chutes__json_add_int(&builder, NULL, "a", 1);
    chutes__json_add_double(&builder, NULL, "a", 1);
    chutes__json_add_bool(&builder, NULL, "a", true);
    chutes__json_add_raw(&builder, NULL, "a", "?", CHUTES__JSON_NONE, "x");
    chutes__json_merge(&builder, NULL, "?", NULL, "x");
    assert_null(chutes__json_add_object(&builder, NULL, "a"));
    assert_null(chutes__json_add_array(&builder, NULL, "a"));
    check_print(&builder, "{}");
}

static void a_limit_of_the_buffer_is_reported(void **state)
{
    struct chutes__json_builder builder;
    struct chutes__buf buf;

    (void)state;
    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_int(&builder, builder.root, "a", 1);
    chutes__buf_init(&buf, 6);
    assert_int_equal(chutes__json_builder_print(&builder, &buf),
                     CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
    chutes__buf_init(&buf, 7);
    assert_int_equal(chutes__json_builder_print(&builder, &buf), CHUTES_OK);
    assert_string_equal(buf.data, "{\"a\":1}");
    chutes__buf_dispose(&buf);
    chutes__json_builder_dispose(&builder);
}

/* cJSON has its own allocator. The library never sets cJSON's hooks; the test
 * uses them to make it fail. */
static long cjson_calls_left;

static void *fail_some(size_t size)
{
    if (cjson_calls_left == 0) {
        return NULL;
    }
    cjson_calls_left--;
    return malloc(size);
}

static chutes_status build_everything(void)
{
    struct chutes__json_builder builder;
    struct chutes__json_node *array;
    struct chutes__buf buf;
    chutes_status status;

    chutes__json_builder_init(&builder, DEPTH);
    chutes__json_add_string(&builder, builder.root, "s", "text", "s");
    chutes__json_add_int(&builder, builder.root, "i", 1);
    chutes__json_add_double(&builder, builder.root, "d", 0.5);
    chutes__json_add_bool(&builder, builder.root, "b", true);
    array = chutes__json_add_array(&builder, builder.root, "a");
    chutes__json_add_object(&builder, array, NULL);
    chutes__json_add_raw(&builder, array, NULL, "[1]", CHUTES__JSON_NONE, "r");
    chutes__json_merge(&builder, builder.root, "{\"s\":2,\"m\":[]}", NULL, "m");
    chutes__buf_init(&buf, 1000);
    status = chutes__json_builder_print(&builder, &buf);
    if (status == CHUTES_OK) {
        assert_string_equal(buf.data, "{\"i\":1,\"d\":0.5,\"b\":true,"
                                      "\"a\":[{},[1]],\"s\":2,\"m\":[]}");
    } else {
        assert_string_equal(buf.data, "");
    }
    chutes__buf_dispose(&buf);
    chutes__json_builder_dispose(&builder);
    return status;
}

static void out_of_memory_in_cjson_is_out_of_memory(void **state)
{
    cJSON_Hooks hooks = {fail_some, free};
    long calls = 0;

    (void)state;
    cJSON_InitHooks(&hooks);
    do {
        cjson_calls_left = calls++;
    } while (build_everything() == CHUTES_ERR_NO_MEMORY);
    cjson_calls_left = calls;
    assert_int_equal(build_everything(), CHUTES_OK);
    assert_true(calls > 20);
    cJSON_InitHooks(NULL);
}

static void out_of_memory_of_our_own_is_out_of_memory(void **state)
{
    long total;
    long i;

    (void)state;
    alloc_fail_count();
    assert_int_equal(build_everything(), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total > 0);
    for (i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(build_everything(), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void a_single_string_is_quoted(void **state)
{
    static const struct {
        const char *text;
        const char *want; /* NULL: not UTF-8 */
    } rows[] = {
        {"", "\"\""},
        {"a/b", "\"a/b\""},
        {"\"\\\n\x01", "\"\\\"\\\\\\n\\u0001\""},
        {"\xC3\xA4", "\"\xC3\xA4\""},
        {"\xC3", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chutes__buf buf;

        chutes__buf_init(&buf, 100);
        assert_int_equal(chutes__buf_append_str(&buf, "x"), CHUTES_OK);
        assert_int_equal(chutes__json_append_quoted(&buf, rows[i].text),
                         rows[i].want == NULL ? CHUTES_ERR_INVALID_ARGUMENT
                                              : CHUTES_OK);
        assert_string_equal(buf.data + 1,
                            rows[i].want == NULL ? "" : rows[i].want);
        chutes__buf_dispose(&buf);
    }
}

static void the_version_is_that_of_the_library_in_use(void **state)
{
    (void)state;
    assert_string_equal(chutes__json_backend_version(), cJSON_Version());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_elements_come_out_in_order),
        cmocka_unit_test(an_empty_document_is_an_object),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(numbers_that_are_not_finite_fail),
        cmocka_unit_test(invalid_utf8_fails),
        cmocka_unit_test(json_of_the_caller_is_kept_word_for_word),
        cmocka_unit_test(json_of_the_caller_is_checked),
        cmocka_unit_test(merging_replaces_and_appends),
        cmocka_unit_test(merging_nothing_changes_nothing),
        cmocka_unit_test(a_refused_key_is_seen_however_it_is_written),
        cmocka_unit_test(only_a_valid_object_is_merged),
        cmocka_unit_test(the_first_failure_stays_and_nothing_is_added),
        cmocka_unit_test(adding_to_no_node_does_nothing),
        cmocka_unit_test(a_limit_of_the_buffer_is_reported),
        cmocka_unit_test(out_of_memory_in_cjson_is_out_of_memory),
        cmocka_unit_test(out_of_memory_of_our_own_is_out_of_memory),
        cmocka_unit_test(a_single_string_is_quoted),
        cmocka_unit_test(the_version_is_that_of_the_library_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
