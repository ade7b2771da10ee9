/* SPDX-License-Identifier: MIT */
#include "json/writer.h"

#include "json/merge.h"
#include "json/reader.h"

#include "alloc_fail.h"
#include "test.h"

#include <cjson/cJSON.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 8 };

/* Adds members to the object at the top. `detail` belongs to the test. */
typedef void (*add_fn)(struct chutes__json_writer *writer, const void *detail);

static void add_all(struct chutes__json_writer *writer, add_fn add,
                    const void *detail)
{
    chutes__json_open_object(writer, NULL);
    add(writer, detail);
    chutes__json_close_object(writer);
}

static chutes_status write_all(struct chutes__json_writer *writer, add_fn add,
                               const void *detail, struct chutes__buf *buf)
{
    chutes_status status;

    chutes__json_measure(writer, DEPTH);
    add_all(writer, add, detail);
    status = chutes__json_reserve(writer, buf);
    if (status == CHUTES_OK) {
        add_all(writer, add, detail);
        status = chutes__json_writer_finish(writer, buf);
    }
    return status;
}

static void check_text(add_fn add, const void *detail, const char *want)
{
    struct chutes__json_writer writer;
    struct chutes__buf buf;

    chutes__buf_init(&buf, 100000);
    assert_int_equal(write_all(&writer, add, detail, &buf), CHUTES_OK);
    assert_string_equal(buf.data, want);
    assert_true(chutes__json_is_valid(buf.data, buf.len, 64));
    chutes__buf_dispose(&buf);
}

static void check_failure(add_fn add, const void *detail, const char *field,
                          const char *reason)
{
    struct chutes__json_writer writer;
    struct chutes__buf buf;

    chutes__buf_init(&buf, 1000);
    alloc_fail_count();
    assert_int_equal(write_all(&writer, add, detail, &buf),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
    assert_string_equal(writer.failed_field, field);
    assert_string_equal(writer.reason, reason);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
}

/* ---- values -------------------------------------------------------------- */

static void add_nothing(struct chutes__json_writer *writer, const void *detail)
{
    (void)writer;
    (void)detail;
}

static void an_empty_document_is_an_object(void **state)
{
    (void)state;
    check_text(add_nothing, NULL, "{}");
}

static void add_one_of_each(struct chutes__json_writer *writer,
                            const void *detail)
{
    (void)detail;
    chutes__json_add_string(writer, "s", "text", "s");
    chutes__json_add_bool(writer, "t", true);
    chutes__json_add_bool(writer, "f", false);
    chutes__json_open_array(writer, "a");
    chutes__json_add_int(writer, NULL, 1);
    chutes__json_open_object(writer, NULL);
    chutes__json_add_double(writer, "d", 0.5);
    chutes__json_close_object(writer);
    chutes__json_add_string(writer, NULL, "", "a[2]");
    chutes__json_open_array(writer, NULL);
    chutes__json_close_array(writer);
    chutes__json_close_array(writer);
    chutes__json_open_object(writer, "o");
    chutes__json_close_object(writer);
}

static void members_and_elements_come_out_in_order(void **state)
{
    (void)state;
    check_text(add_one_of_each, NULL,
               "{\"s\":\"text\",\"t\":true,\"f\":false,"
               "\"a\":[1,{\"d\":0.5},\"\",[]],\"o\":{}}");
}

static void add_escapes(struct chutes__json_writer *writer, const void *detail)
{
    (void)detail;
    chutes__json_add_string(writer, "a",
                            "\"\\/\b\f\n\r\t\x01\x1F\x7F \xE2\x82\xAC"
                            "\xF0\x9F\x98\x80",
                            "s");
}

static void strings_are_escaped(void **state)
{
    (void)state;
    check_text(add_escapes, NULL,
               "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f"
               "\x7F \xE2\x82\xAC\xF0\x9F\x98\x80\"}");
}

static void add_integers(struct chutes__json_writer *writer, const void *detail)
{
    (void)detail;
    chutes__json_add_int(writer, "max", INT64_MAX);
    chutes__json_add_int(writer, "min", INT64_MIN);
    chutes__json_add_int(writer, "odd", 9007199254740993);
    chutes__json_add_int(writer, "zero", 0);
}

static void integers_are_exact(void **state)
{
    (void)state;
    check_text(add_integers, NULL,
               "{\"max\":9223372036854775807,\"min\":-9223372036854775808,"
               "\"odd\":9007199254740993,\"zero\":0}");
}

static void add_doubles(struct chutes__json_writer *writer, const void *detail)
{
    (void)detail;
    chutes__json_add_double(writer, "a", 0.7);
    chutes__json_add_double(writer, "b", 1);
    chutes__json_add_double(writer, "c", -1e-7);
    chutes__json_add_double(writer, "d", 1.0 / 3);
}

static void doubles_are_short_and_exact(void **state)
{
    (void)state;
    check_text(add_doubles, NULL,
               "{\"a\":0.7,\"b\":1,\"c\":-1e-7,\"d\":0.3333333333333333}");
}

static void add_top_p(struct chutes__json_writer *writer, const void *detail)
{
    chutes__json_add_double(writer, "top_p", *(const double *)detail);
}

static void numbers_that_are_not_finite_fail(void **state)
{
    static const double numbers[] = {NAN, INFINITY, -INFINITY};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        check_failure(add_top_p, &numbers[i], "top_p",
                      "is not a finite number");
    }
}

static void add_content(struct chutes__json_writer *writer, const void *detail)
{
    chutes__json_add_string(writer, "k", detail, "messages[1].content");
}

static void invalid_utf8_fails(void **state)
{
    static const char *const texts[] = {"\xFF", "caf\xC3", "\xED\xA0\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        check_failure(add_content, texts[i], "messages[1].content",
                      "is not valid UTF-8");
    }
}

/* ---- the caller's JSON --------------------------------------------------- */

struct raw_case {
    const char *json;
    int wanted;
    const char *reason; /* NULL: valid */
};

static void add_raw(struct chutes__json_writer *writer, const void *detail)
{
    const struct raw_case *c = detail;

    chutes__json_add_raw(writer, "k", c->json, c->wanted,
                         "tools[0].parameters_json");
}

static void json_of_the_caller_is_kept_word_for_word(void **state)
{
    static const struct raw_case c = {
        " { \"z\":1.0, \"a\" : 1E400,\"n\":123456789012345678901234567890,"
        "\"s\":\"\\u0041\\ud800\" } ",
        CHUTES__JSON_OBJECT, NULL};
    char want[200] = "{\"k\":";

    (void)state;
    (void)stpcpy(stpcpy(want + strlen(want), c.json), "}");
    check_text(add_raw, &c, want);
}

static void json_of_the_caller_is_checked(void **state)
{
    static const struct raw_case cases[] = {
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
        {"1", CHUTES__JSON_TRUE, "is JSON of the wrong type"},
        {"\"\xFF\"", CHUTES__JSON_NONE, "is not valid UTF-8"},
        {"{\"\xC3\":1}", CHUTES__JSON_OBJECT, "is not valid UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct raw_case *c = &cases[i];
        char want[64] = "{\"k\":";

        if (c->reason != NULL) {
            check_failure(add_raw, c, "tools[0].parameters_json", c->reason);
        } else {
            (void)stpcpy(stpcpy(want + strlen(want), c->json), "}");
            check_text(add_raw, c, want);
        }
    }
}

/* ---- merging ------------------------------------------------------------- */

struct merge_case {
    const char *json;
    const char *refused_key;
};

static void add_merged(struct chutes__json_writer *writer, const void *detail)
{
    const struct merge_case *c = detail;
    struct chutes__json_merge merge;

    chutes__json_merge_begin(writer, &merge, c->json);
    chutes__json_add_int(writer, "a", 1);
    chutes__json_add_int(writer, "b", 2);
    chutes__json_add_int(writer, "A", 3);
    chutes__json_open_array(writer, "list");
    chutes__json_open_object(writer, NULL);
    chutes__json_add_string(writer, "a", "in", "list[0].a");
    chutes__json_close_object(writer);
    chutes__json_close_array(writer);
    chutes__json_merge_end(writer, &merge, c->refused_key, "extra_json");
}

static void merging_replaces_and_appends(void **state)
{
    static const struct {
        struct merge_case merge;
        const char *want;
    } rows[] = {
        {{NULL, NULL}, "{\"a\":1,\"b\":2,\"A\":3,\"list\":[{\"a\":\"in\"}]}"},
        {{" { } ", "b"}, "{\"a\":1,\"b\":2,\"A\":3,\"list\":[{\"a\":\"in\"}]}"},
        /* The last member of a name counts, and escapes don't matter. */
        {{"{\"b\": [ 1.0 ], \"c\":{\"x\" : 1e2},\"c\":null,"
          "\"\\u0061\":\"\\u0062\"}",
          "stream"},
         "{\"A\":3,\"list\":[{\"a\":\"in\"}],\"b\":[ 1.0 ],\"c\":null,"
         "\"a\":\"\\u0062\"}"},
        {{"{\"list\":0 , \"a\":1 }", NULL},
         "{\"b\":2,\"A\":3,\"list\":0,\"a\":1}"},
        {{"{\"a\":1,\"b\":2,\"A\":3,\"list\":[]}", NULL},
         "{\"a\":1,\"b\":2,\"A\":3,\"list\":[]}"},
        /* Keys that need escapes, and what is not a character. */
        {{"{\"list\":{},\"q\\\"\\u000A\":\"\\\"\",\"\":1,"
          "\"\\ud800\\u0000\":2}",
          NULL},
         "{\"a\":1,\"b\":2,\"A\":3,\"list\":{},\"q\\\"\\n\":\"\\\"\",\"\":1,"
         "\"\xEF\xBF\xBD\xEF\xBF\xBD\":2}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_text(add_merged, &rows[i].merge, rows[i].want);
    }
}

static void what_is_not_acceptable_is_not_merged(void **state)
{
    static const struct {
        struct merge_case merge;
        const char *reason;
    } rows[] = {
        {{"[]", NULL}, "is not a JSON object"},
        {{"{\"a\":}", NULL}, "is not valid JSON"},
        {{"{\"a\":1} 2", NULL}, "is not valid JSON"},
        {{"{\"a\":\"\xFF\"}", NULL}, "is not valid UTF-8"},
        {{"{\"x\":[[[[[[[[]]]]]]]]}", NULL}, "is nested too deeply"},
        {{"{\"stream\":true}", "stream"}, "has a key that is not allowed"},
        {{"{\"a\":1,\"\\u0073tre\\u0061m\" : false}", "stream"},
         "has a key that is not allowed"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_failure(add_merged, &rows[i].merge, "extra_json", rows[i].reason);
    }
}

static void add_merged_twice(struct chutes__json_writer *writer,
                             const void *detail)
{
    const char *const *texts = detail;
    struct chutes__json_merge outer;
    struct chutes__json_merge inner;

    chutes__json_merge_begin(writer, &outer, texts[0]);
    chutes__json_open_array(writer, "list");
    chutes__json_open_object(writer, NULL);
    chutes__json_merge_begin(writer, &inner, texts[1]);
    chutes__json_add_int(writer, "a", 1);
    chutes__json_add_int(writer, "b", 2);
    chutes__json_merge_end(writer, &inner, NULL, "inner");
    chutes__json_close_object(writer);
    chutes__json_close_array(writer);
    chutes__json_add_int(writer, "a", 1);
    chutes__json_add_int(writer, "b", 2);
    chutes__json_merge_end(writer, &outer, NULL, "outer");
}

static void each_object_has_a_merge_of_its_own(void **state)
{
    static const char *const both[] = {"{\"a\":3}", "{\"b\":4}"};
    static const char *const inner[] = {NULL, "{\"b\":4}"};
    static const char *const outer[] = {"{\"a\":3}", NULL};
    static const char *const hidden[] = {"{\"list\":3}", "{\"b\":4}"};
    static const char *const hidden_fault[] = {"{\"list\":3}", "{\"b\":}"};

    (void)state;
    check_text(add_merged_twice, both,
               "{\"list\":[{\"a\":1,\"b\":4}],\"b\":2,\"a\":3}");
    check_text(add_merged_twice, inner,
               "{\"list\":[{\"a\":1,\"b\":4}],\"a\":1,\"b\":2}");
    check_text(add_merged_twice, outer,
               "{\"list\":[{\"a\":1,\"b\":2}],\"b\":2,\"a\":3}");
    check_text(add_merged_twice, hidden, "{\"a\":1,\"b\":2,\"list\":3}");
    check_failure(add_merged_twice, hidden_fault, "inner", "is not valid JSON");
}

/* ---- failures ------------------------------------------------------------ */

static void add_after_a_failure(struct chutes__json_writer *writer,
                                const void *detail)
{
    struct chutes__json_merge merge;

    (void)detail;
    chutes__json_open_object(writer, "o");
    chutes__json_writer_fail(writer, CHUTES_ERR_INVALID_ARGUMENT, "first",
                             "reason");
    chutes__json_writer_fail(writer, CHUTES_ERR_NO_MEMORY, "second", NULL);
    chutes__json_add_string(writer, "a", "\xFF", "third");
    chutes__json_add_int(writer, "a", 1);
    chutes__json_add_double(writer, "a", NAN);
    chutes__json_add_bool(writer, "a", true);
    chutes__json_add_raw(writer, "a", "?", CHUTES__JSON_NONE, "x");
    chutes__json_merge_begin(writer, &merge, "?");
    chutes__json_open_object(writer, "a");
    chutes__json_open_array(writer, "a");
    chutes__json_close_array(writer);
    chutes__json_close_object(writer);
    chutes__json_merge_end(writer, &merge, NULL, "x");
    chutes__json_close_object(writer);
    assert_int_equal(writer->size, strlen("{\"o\":{}"));
}

static void the_first_failure_stays_and_nothing_is_added(void **state)
{
    (void)state;
    check_failure(add_after_a_failure, NULL, "first", "reason");
}

static void the_document_is_appended_within_the_limit(void **state)
{
    static const char want[] = "x{\"s\":\"text\",\"t\":true,\"f\":false,"
                               "\"a\":[1,{\"d\":0.5},\"\",[]],\"o\":{}}";
    struct chutes__json_writer writer;
    struct chutes__buf buf;

    (void)state;
    for (size_t less = 0; less < 2; less++) {
        chutes__buf_init(&buf, strlen(want) - less);
        assert_int_equal(chutes__buf_append_str(&buf, "x"), CHUTES_OK);
        assert_int_equal(write_all(&writer, add_one_of_each, NULL, &buf),
                         less > 0 ? CHUTES_ERR_TOO_LARGE : CHUTES_OK);
        assert_string_equal(buf.data, less > 0 ? "x" : want);
        chutes__buf_dispose(&buf);
    }
}

static void exactly_the_memory_of_the_document_is_allocated(void **state)
{
    struct chutes__json_writer writer;
    struct chutes__buf buf;
    char *text = malloc(100001);

    (void)state;
    assert_non_null(text);
    memset(text, '\n', 100000);
    text[100000] = '\0';
    chutes__buf_init(&buf, SIZE_MAX);
    alloc_fail_count();
    assert_int_equal(write_all(&writer, add_content, text, &buf), CHUTES_OK);
    assert_int_equal(alloc_fail_calls(), 1);
    alloc_fail_off();
    assert_int_equal(buf.len, 200000 + strlen("{\"k\":\"\"}"));
    assert_int_equal(buf.cap, buf.len + 1);
    chutes__buf_dispose(&buf);
    free(text);
}

/* A text that another thread replaces between the passes. */
static void add_changing(struct chutes__json_writer *writer, const void *detail)
{
    const char *const *texts = detail;

    chutes__json_add_string(writer, "k", texts[writer->at != NULL], "k");
}

static void a_text_that_changes_is_a_misuse(void **state)
{
    char shorter[200];
    char longer[200];
    char escapes[200];

    (void)state;
    memset(shorter, 'x', sizeof(shorter));
    memset(longer, 'x', sizeof(longer));
    memset(escapes, '\x01', sizeof(escapes));
    shorter[150] = '\0';
    longer[151] = '\0';
    escapes[150] = '\0';
    for (size_t i = 0; i < 3; i++) {
        const char *texts[2] = {i == 0 ? longer : shorter, i == 0   ? shorter
                                                           : i == 1 ? longer
                                                                    : escapes};
        struct chutes__json_writer writer;
        struct chutes__buf buf;

        chutes__buf_init(&buf, 1000);
        assert_int_equal(write_all(&writer, add_changing, texts, &buf),
                         CHUTES_ERR_MISUSE);
        assert_string_equal(buf.data, "");
        assert_int_equal(buf.len, 0);
        chutes__buf_dispose(&buf);
    }
}

/* ---- memory -------------------------------------------------------------- */

/* cJSON has its own allocator. The library never sets cJSON's hooks; the test
 * uses them to make it fail. */
static long cjson_calls_left;
static long cjson_live;

static void *fail_some(size_t size)
{
    if (cjson_calls_left == 0) {
        return NULL;
    }
    cjson_calls_left--;
    cjson_live++;
    return malloc(size);
}

static void free_counted(void *block)
{
    cjson_live -= block != NULL;
    free(block);
}

static chutes_status merge_once(void)
{
    static const struct merge_case c = {"{\"list\":2,\"m\":[],\"m\":3}", "x"};
    struct chutes__json_writer writer;
    struct chutes__buf buf;
    chutes_status status;

    chutes__buf_init(&buf, 1000);
    status = write_all(&writer, add_merged, &c, &buf);
    assert_string_equal(buf.data,
                        status != CHUTES_OK
                            ? ""
                            : "{\"a\":1,\"b\":2,\"A\":3,\"list\":2,\"m\":3}");
    chutes__buf_dispose(&buf);
    return status;
}

static void out_of_memory_in_cjson_is_out_of_memory(void **state)
{
    cJSON_Hooks hooks = {fail_some, free_counted};
    long calls = 0;

    (void)state;
    cJSON_InitHooks(&hooks);
    do {
        cjson_calls_left = calls++;
        cjson_live = 0;
    } while (merge_once() == CHUTES_ERR_NO_MEMORY && cjson_live == 0);
    assert_int_equal(cjson_live, 0);
    cjson_calls_left = calls;
    assert_int_equal(merge_once(), CHUTES_OK);
    assert_true(calls > 10);
    cJSON_InitHooks(NULL);
}

static void out_of_memory_of_our_own_is_out_of_memory(void **state)
{
    long total;

    (void)state;
    alloc_fail_count();
    assert_int_equal(merge_once(), CHUTES_OK);
    total = alloc_fail_calls();
    assert_true(total > 1);
    for (long i = 1; i <= total; i++) {
        alloc_fail_at(i);
        assert_int_equal(merge_once(), CHUTES_ERR_NO_MEMORY);
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

/* ---- the rest ------------------------------------------------------------ */

static void add_bytes(struct chutes__json_writer *writer, const void *detail)
{
    (void)detail;
    chutes__json_open_array(writer, "a");
    chutes__json_add_base64(writer, NULL, NULL, 0);
    chutes__json_add_base64(writer, NULL, "\0\xff", 2);
    chutes__json_add_base64(writer, NULL, "abc", 3);
    chutes__json_close_array(writer);
}

static void add_growing_bytes(struct chutes__json_writer *writer,
                              const void *detail)
{
    (void)detail;
    chutes__json_add_base64(writer, "a", "abcdef", writer->at != NULL ? 6 : 3);
}

static void bytes_are_written_in_base64(void **state)
{
    struct chutes__json_writer writer;
    struct chutes__buf buf;

    (void)state;
    check_text(add_bytes, NULL, "{\"a\":[\"\",\"AP8=\",\"YWJj\"]}");
    chutes__buf_init(&buf, 1000);
    assert_int_equal(write_all(&writer, add_growing_bytes, NULL, &buf),
                     CHUTES_ERR_MISUSE);
    chutes__buf_dispose(&buf);
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
        cmocka_unit_test(an_empty_document_is_an_object),
        cmocka_unit_test(members_and_elements_come_out_in_order),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(integers_are_exact),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(numbers_that_are_not_finite_fail),
        cmocka_unit_test(invalid_utf8_fails),
        cmocka_unit_test(json_of_the_caller_is_kept_word_for_word),
        cmocka_unit_test(json_of_the_caller_is_checked),
        cmocka_unit_test(merging_replaces_and_appends),
        cmocka_unit_test(what_is_not_acceptable_is_not_merged),
        cmocka_unit_test(each_object_has_a_merge_of_its_own),
        cmocka_unit_test(the_first_failure_stays_and_nothing_is_added),
        cmocka_unit_test(the_document_is_appended_within_the_limit),
        cmocka_unit_test(exactly_the_memory_of_the_document_is_allocated),
        cmocka_unit_test(a_text_that_changes_is_a_misuse),
        cmocka_unit_test(out_of_memory_in_cjson_is_out_of_memory),
        cmocka_unit_test(out_of_memory_of_our_own_is_out_of_memory),
        cmocka_unit_test(bytes_are_written_in_base64),
        cmocka_unit_test(a_single_string_is_quoted),
        cmocka_unit_test(the_version_is_that_of_the_library_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
