/* SPDX-License-Identifier: MIT */
#include "test.h"

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

/* Only what is read is checked, and no byte behind the end is read. */
static void cut_and_invalid_json_is_harmless(void **state)
{
    const size_t whole = sizeof(ANSWER) - 1;
    size_t len;

    (void)state;
    for (size_t cut = 0; cut < whole; cut++) {
        char *copy = malloc(cut + 1);

        assert_non_null(copy);
        memcpy(copy, ANSWER, cut);
        assert_null(chutes_json_find(copy, cut, "none", &len));
        assert_null(chutes_json_find(copy, cut, "", &len));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_has_a_path),
        cmocka_unit_test(the_empty_path_is_the_whole_value),
        cmocka_unit_test(numbers_and_strings_are_converted),
        cmocka_unit_test(cut_and_invalid_json_is_harmless),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
