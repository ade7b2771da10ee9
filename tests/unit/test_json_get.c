/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chutes/json.h>
#include <chutes/message.h>

#include "alloc_fail.h"

/* What vLLM and OpenAI send besides the members of the response. */
static const char ANSWER[] =
    "{\"service_tier\":\"default\",\"choices\" : [ {\"message\":{\"content\":"
    "\"a\",\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{"
    "\"start_index\":3,\"title\":\"caf\\u00e9 \\\"x\\\"\"}}],\"audio\":null},"
    "\"token_ids\":[9906, 12 ,0]} ],\"prompt_logprobs\":[null,{\"15\":"
    "{\"logprob\":-0.5,\"rank\":1}}],\"metrics\":{\"time_to_first_token_ms\":"
    "12.25,\"queue_time_ms\":1e2},\"usage\":{\"prompt_tokens_details\":{"
    "\"created_cache_tokens\":9007199254740993}},\"a\":1,\"a\":2,\"\":7,"
    "\"\\u0062\":true}";

static void each_value_has_a_path(void **state)
{
    static const struct {
        const char *path;
        const char *want; /* NULL: nothing is found */
    } rows[] = {
        {"service_tier", "\"default\""},
        {"choices[0].message.annotations[0].url_citation.start_index", "3"},
        {"choices[0].message.audio", "null"},
        {"choices[0].token_ids", "[9906, 12 ,0]"},
        {"choices[0].token_ids[1]", "12"},
        {"choices[0].token_ids[3]", NULL},
        {"choices[1]", NULL},
        {"prompt_logprobs[1].15.rank", "1"},
        {"metrics.time_to_first_token_ms", "12.25"},
        {"a", "1"},
        {"b", "true"},
        {"a.b", NULL},
        {"a[0]", NULL},
        {"[0]", NULL},
        {"metrics.none", NULL},
        {"metrics.", NULL},
        {"choices[]", NULL},
        {"choices[x]", NULL},
        {"choices[0", NULL},
        {"choices[99999999999999999999999999]", NULL},
        {"choices[0]message", NULL},
        {".a", NULL},
        {"x[0]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = 99;
        const char *got =
            chutes_json_find(ANSWER, sizeof(ANSWER) - 1, rows[i].path, &len);

        if ((got == NULL) != (rows[i].want == NULL)) {
            fail_msg("%s", rows[i].path);
        }
        assert_int_equal(len, rows[i].want == NULL ? 0 : strlen(rows[i].want));
        if (got != NULL) {
            assert_memory_equal(got, rows[i].want, len);
        }
    }
}

static void the_empty_path_is_the_whole_value(void **state)
{
    size_t len;

    (void)state;
    assert_non_null(chutes_json_find(" [1] ", 5, "", &len));
    assert_int_equal(len, 3);
    assert_string_equal(chutes_json_find("[1,2]", 5, "[1]", &len), "2]");
    assert_null(chutes_json_find("", 0, "", &len));
    assert_null(chutes_json_find(NULL, 0, "", &len));
}

static void numbers_and_strings_are_converted(void **state)
{
    const size_t len = sizeof(ANSWER) - 1;
    int64_t integer = -7;
    double number = -7;
    char *text;

    (void)state;
    assert_int_equal(chutes_json_get_int64(ANSWER, len,
                                           "usage.prompt_tokens_details."
                                           "created_cache_tokens",
                                           &integer),
                     1);
    assert_true(integer == 9007199254740993);
    assert_int_equal(
        chutes_json_get_int64(ANSWER, len, "metrics.queue_time_ms", &integer),
        1);
    assert_int_equal(integer, 100);
    assert_int_equal(chutes_json_get_int64(ANSWER, len,
                                           "metrics.time_to_first_token_ms",
                                           &integer),
                     0);
    assert_int_equal(
        chutes_json_get_int64(ANSWER, len, "service_tier", &integer), 0);
    assert_int_equal(integer, 100);
    assert_int_equal(chutes_json_get_double(
                         ANSWER, len, "prompt_logprobs[1].15.logprob", &number),
                     1);
    assert_true(number == -0.5);
    assert_int_equal(chutes_json_get_double(ANSWER, len, "none", &number), 0);
    assert_int_equal(chutes_json_get_double(ANSWER, len, "b", &number), 0);
    assert_true(number == -0.5);
    text = chutes_json_get_string(
        ANSWER, len, "choices[0].message.annotations[0].url_citation.title");
    assert_string_equal(text, "caf\xC3\xA9 \"x\"");
    chutes_string_free(text);
    assert_null(chutes_json_get_string(ANSWER, len, "a"));
    assert_null(chutes_json_get_string(ANSWER, len, "none"));
    text = chutes_json_get_string("\"\"", 2, "");
    assert_string_equal(text, "");
    chutes_string_free(text);
}

static void each_value_has_a_type(void **state)
{
    static const char json[] =
        "{\"n\":null,\"t\":true,\"f\":false,\"d\":-1.5,\"s\":\"\",\"a\":[],"
        "\"o\":{},\"x\":nul}";
    static const struct {
        const char *path;
        chutes_json_type want;
    } rows[] = {
        {"n", CHUTES_JSON_NULL},   {"t", CHUTES_JSON_BOOL},
        {"f", CHUTES_JSON_BOOL},   {"d", CHUTES_JSON_NUMBER},
        {"s", CHUTES_JSON_STRING}, {"a", CHUTES_JSON_ARRAY},
        {"o", CHUTES_JSON_OBJECT}, {"x", CHUTES_JSON_NONE},
        {"y", CHUTES_JSON_NONE},   {"", CHUTES_JSON_NONE},
    };
    int value = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            chutes_json_get_type(json, sizeof(json) - 1, rows[i].path),
            rows[i].want);
    }
    assert_int_equal(chutes_json_get_bool(json, sizeof(json) - 1, "d", &value),
                     0);
    assert_int_equal(value, 7);
    assert_int_equal(chutes_json_get_bool(json, sizeof(json) - 1, "t", &value),
                     1);
    assert_int_equal(value, 1);
    assert_int_equal(chutes_json_get_bool(json, sizeof(json) - 1, "f", &value),
                     1);
    assert_int_equal(value, 0);
}

static void a_string_is_copied_if_it_fits(void **state)
{
    static const char json[] = "{\"a\":\"caf\\u00e9\",\"b\":5}";
    const size_t len = sizeof(json) - 1;
    char text[8];

    (void)state;
    assert_int_equal(chutes_json_copy_string(json, len, "a", text, 6), 1);
    assert_string_equal(text, "caf\xC3\xA9");
    assert_int_equal(chutes_json_copy_string(json, len, "a", text, 5), 0);
    assert_string_equal(text, "");
    memset(text, 'x', sizeof(text));
    assert_int_equal(chutes_json_copy_string(json, len, "a", text, 1), 0);
    assert_string_equal(text, "");
    assert_int_equal(text[1], 'x');
    assert_int_equal(chutes_json_copy_string(json, len, "b", text, 8), 0);
    assert_int_equal(chutes_json_copy_string(json, len, "c", text, 8), 0);
    assert_string_equal(text, "");
}

/* ---- arrays and objects -------------------------------------------------- */

static void an_array_is_gone_through(void **state)
{
    static const char *const want[] = {"1", "\"a\"", "{\"p\":[2]}", "[ ]",
                                       "null"};
    static const char json[] =
        "{\"items\" : [ 1,\"a\" , {\"p\":[2]},[ ]\n,null ] , \"b\":";
    chutes_json_iterator item;
    size_t count = 0;

    (void)state;
    assert_int_equal(
        chutes_json_iterate(&item, json, sizeof(json) - 1, "items"), 1);
    while (chutes_json_next(&item)) {
        assert_int_equal(item.index, count);
        assert_int_equal(item.value_len, strlen(want[count]));
        assert_memory_equal(item.value, want[count], item.value_len);
        assert_null(item.key);
        assert_int_equal(chutes_json_key_is(&item, ""), 0);
        count++;
    }
    assert_int_equal(count, COUNT(want));
    assert_int_equal(chutes_json_next(&item), 0);
}

static void an_object_is_gone_through(void **state)
{
    static const char json[] = "{\"a\":true, \"\\u0062\" :\"x\",\"a\":{}}";
    chutes_json_iterator item;
    char key[4];

    (void)state;
    assert_int_equal(chutes_json_iterate(&item, json, sizeof(json) - 1, ""), 1);
    assert_int_equal(chutes_json_next(&item), 1);
    assert_int_equal(item.type, CHUTES_JSON_BOOL);
    assert_int_equal(chutes_json_key_is(&item, "a"), 1);
    assert_int_equal(chutes_json_key_is(&item, "b"), 0);
    assert_int_equal(chutes_json_next(&item), 1);
    assert_int_equal(item.type, CHUTES_JSON_STRING);
    assert_memory_equal(item.value, "\"x\"", 3);
    assert_int_equal(chutes_json_key_is(&item, "b"), 1);
    assert_int_equal(
        chutes_json_copy_string(item.key, item.key_len, "", key, sizeof(key)),
        1);
    assert_string_equal(key, "b");
    assert_int_equal(chutes_json_next(&item), 1);
    assert_int_equal(item.index, 2);
    assert_int_equal(item.value_len, 2);
    assert_int_equal(chutes_json_next(&item), 0);
}

static void only_a_valid_container_is_gone_through(void **state)
{
    static const char *const rows[] = {"",     "1",        "\"[]\"",  "[1",
                                       "[1,]", "{\"a\":}", "{\"a\"}", "[1}"};
    chutes_json_iterator item;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(
            chutes_json_iterate(&item, rows[i], strlen(rows[i]), ""), 0);
        assert_int_equal(chutes_json_next(&item), 0);
    }
    assert_int_equal(chutes_json_iterate(&item, NULL, 0, ""), 0);
    assert_int_equal(chutes_json_iterate(&item, "{}", 2, "a"), 0);
    assert_int_equal(chutes_json_iterate(&item, "[]", 2, ""), 1);
    assert_int_equal(chutes_json_next(&item), 0);
}

static void a_document_is_checked_as_a_whole(void **state)
{
    chutes_error error;

    (void)state;
    assert_int_equal(chutes_json_check(" [1e5] ", 7, &error), CHUTES_OK);
    assert_int_equal(chutes_json_check("[1,NaN]", 7, &error),
                     CHUTES_ERR_PROTOCOL);
    assert_string_equal(error.message,
                        "invalid JSON at byte 3: no value starts here");
    assert_int_equal(chutes_json_check("", 0, NULL), CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_json_check("1 2", 3, NULL), CHUTES_ERR_PROTOCOL);
    assert_int_equal(chutes_json_check(NULL, 0, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
}

/* Only what is read is checked, and no byte behind the end is read. */
static void cut_and_invalid_json_is_harmless(void **state)
{
    const size_t whole = sizeof(ANSWER) - 1;
    chutes_json_iterator item;
    size_t len;

    (void)state;
    for (size_t cut = 0; cut < whole; cut++) {
        char *copy = malloc(cut + 1);

        assert_non_null(copy);
        memcpy(copy, ANSWER, cut);
        assert_null(chutes_json_find(copy, cut, "none", &len));
        assert_null(chutes_json_find(copy, cut, "", &len));
        assert_int_equal(chutes_json_iterate(&item, copy, cut, ""), 0);
        free(copy);
    }
    assert_non_null(chutes_json_find("{\"a\":1,]", 8, "a", &len));
    assert_null(chutes_json_find("{\"b\":01,\"a\":1}", 14, "a", &len));
    assert_null(chutes_json_find("{a:1}", 5, "a", &len));
}

static void memory_may_run_out(void **state)
{
    (void)state;
    alloc_fail_at(1);
    assert_null(chutes_json_get_string("\"a\"", 3, ""));
    alloc_fail_count();
}

static void a_double_is_finite(void **state)
{
    static const char JSON[] = "[1e999,-1e999,NaN,-Infinity,1e308]";
    double number = 7;

    (void)state;
    for (int i = 0; i < 4; i++) {
        char path[8];

        (void)snprintf(path, sizeof(path), "[%d]", i);
        assert_int_equal(
            chutes_json_get_double(JSON, sizeof(JSON) - 1, path, &number), 0);
        assert_true(number == 7);
    }
    assert_int_equal(
        chutes_json_get_double(JSON, sizeof(JSON) - 1, "[4]", &number), 1);
    assert_true(number == 1e308);
}

static void nothing_is_allocated_to_read_values(void **state)
{
    const size_t len = sizeof(ANSWER) - 1;
    chutes_json_iterator each;
    size_t value_len;
    int64_t integer;
    double number;
    int flag;
    char text[16];
    int found = 0;

    (void)state;
    alloc_fail_count();
    assert_non_null(chutes_json_find(ANSWER, len, "choices[0]", &value_len));
    assert_int_equal(chutes_json_get_type(ANSWER, len, "b"), CHUTES_JSON_BOOL);
    assert_int_equal(chutes_json_get_bool(ANSWER, len, "b", &flag), 1);
    assert_int_equal(chutes_json_get_int64(ANSWER, len, "a", &integer), 1);
    assert_int_equal(
        chutes_json_get_double(ANSWER, len, "metrics.queue_time_ms", &number),
        1);
    assert_int_equal(chutes_json_copy_string(ANSWER, len, "service_tier", text,
                                             sizeof(text)),
                     1);
    assert_int_equal(chutes_json_iterate(&each, ANSWER, len, ""), 1);
    while (chutes_json_next(&each)) {
        found += chutes_json_key_is(&each, "b");
    }
    assert_int_equal(found, 1);
    assert_int_equal(chutes_json_check(ANSWER, len, NULL), CHUTES_OK);
    assert_int_equal(alloc_fail_calls(), 0);
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_is_finite),
        cmocka_unit_test(each_value_has_a_path),
        cmocka_unit_test(the_empty_path_is_the_whole_value),
        cmocka_unit_test(numbers_and_strings_are_converted),
        cmocka_unit_test(each_value_has_a_type),
        cmocka_unit_test(a_string_is_copied_if_it_fits),
        cmocka_unit_test(an_array_is_gone_through),
        cmocka_unit_test(an_object_is_gone_through),
        cmocka_unit_test(only_a_valid_container_is_gone_through),
        cmocka_unit_test(a_document_is_checked_as_a_whole),
        cmocka_unit_test(cut_and_invalid_json_is_harmless),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(nothing_is_allocated_to_read_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
