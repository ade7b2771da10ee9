/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/json_writer.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <chutes/message.h>

#include "alloc_fail.h"

/* Whatever is written, the result is this. */
static void expect(chutes_json_writer *writer, const char *want)
{
    const char *json = NULL;
    chutes_error error;
    size_t len = 0;

    assert_int_equal(chutes_json_writer_finish(writer, &json, &len, &error),
                     CHUTES_OK);
    assert_string_equal(json, want);
    assert_int_equal(len, strlen(want));
}

static void expect_fault(chutes_json_writer *writer, const char *want)
{
    const char *json = "";
    chutes_error error;
    size_t len = 99;

    assert_int_equal(chutes_json_writer_finish(writer, &json, &len, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, want);
    assert_int_equal(error.status, CHUTES_ERR_INVALID_ARGUMENT);
    assert_null(json);
    assert_int_equal(len, 0);
}

static void write_all_kinds(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_string(writer, "text", "a \"b\"\n\x01 caf\xC3\xA9");
    chutes_json_add_string(writer, "none", NULL);
    chutes_json_add_int64(writer, "least", INT64_MIN);
    chutes_json_add_double(writer, "tenth", 0.1);
    chutes_json_begin_array(writer, "list \"of\" all");
    chutes_json_add_bool(writer, NULL, 5);
    chutes_json_add_bool(writer, NULL, 0);
    chutes_json_add_null(writer, NULL);
    chutes_json_begin_object(writer, NULL);
    chutes_json_end(writer);
    chutes_json_begin_array(writer, NULL);
    chutes_json_end(writer);
    chutes_json_add_raw(writer, NULL, "{ \"a\":1e5 }, and no more", 11);
    chutes_json_end(writer);
    chutes_json_add_int64(writer, "", 7);
    chutes_json_end(writer);
}

static const char ALL_KINDS[] =
    "{\"text\":\"a \\\"b\\\"\\n\\u0001 caf\xC3\xA9\",\"none\":null,"
    "\"least\":-9223372036854775808,\"tenth\":0.1,\"list \\\"of\\\" all\":["
    "true,false,null,{},[],{ \"a\":1e5 }],\"\":7}";

static void every_kind_of_value_is_written(void **state)
{
    chutes_json_writer *writer = chutes_json_writer_new();

    (void)state;
    assert_non_null(writer);
    write_all_kinds(writer);
    expect(writer, ALL_KINDS);
    chutes_json_writer_free(writer);
    chutes_json_writer_free(NULL);
}

static void a_writer_writes_one_document_after_the_other(void **state)
{
    chutes_json_writer *writer = chutes_json_writer_new();
    const char *json;

    (void)state;
    chutes_json_add_string(writer, NULL, "a");
    expect(writer, "\"a\"");
    chutes_json_add_double(writer, NULL, -1e300);
    expect(writer, "-1e300");
    /* Nothing was written since. */
    expect_fault(writer, "the JSON document has no value");
    chutes_json_add_int64(writer, NULL, 5);
    assert_int_equal(chutes_json_writer_finish(writer, &json, NULL, NULL),
                     CHUTES_OK);
    assert_string_equal(json, "5");
    assert_int_equal(chutes_json_writer_finish(writer, NULL, NULL, NULL),
                     CHUTES_ERR_INVALID_ARGUMENT);
    chutes_json_writer_free(writer);
}

/* ---- misuse -------------------------------------------------------------- */

static void write_nothing(chutes_json_writer *writer)
{
    (void)writer;
}

static void write_two(chutes_json_writer *writer)
{
    chutes_json_add_null(writer, NULL);
    chutes_json_add_null(writer, NULL);
}

static void write_key_at_the_top(chutes_json_writer *writer)
{
    chutes_json_add_null(writer, "a");
}

static void write_no_key(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_int64(writer, NULL, 1);
    /* Only the first fault is reported. */
    chutes_json_add_double(writer, "x", NAN);
    chutes_json_end(writer);
}

static void write_key_in_array(chutes_json_writer *writer)
{
    chutes_json_begin_array(writer, NULL);
    chutes_json_begin_object(writer, "a");
    chutes_json_end(writer);
}

static void write_no_end(chutes_json_writer *writer)
{
    chutes_json_begin_array(writer, NULL);
    chutes_json_begin_array(writer, NULL);
}

static void write_too_many_ends(chutes_json_writer *writer)
{
    chutes_json_begin_array(writer, NULL);
    chutes_json_end(writer);
    chutes_json_end(writer);
}

static void write_infinity(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_double(writer, "price", INFINITY);
}

static void write_bad_text(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_string(writer, "city", "\xC3");
}

static void write_bad_key(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_string(writer, "\x80", "a");
}

static void write_bad_json(chutes_json_writer *writer)
{
    chutes_json_begin_object(writer, NULL);
    chutes_json_add_raw(writer, "schema", "{\"a\":}", 6);
}

static void write_no_json(chutes_json_writer *writer)
{
    chutes_json_add_raw(writer, NULL, NULL, 0);
}

static void write_bad_text_in_json(chutes_json_writer *writer)
{
    chutes_json_add_raw(writer, NULL, "\"\xFF\"", 3);
}

static void misuse_is_told_at_the_end(void **state)
{
    static const struct {
        void (*write)(chutes_json_writer *writer);
        const char *want;
    } rows[] = {
        {write_nothing, "the JSON document has no value"},
        {write_two,
         "the JSON value at byte 4 is behind the end of the document"},
        {write_key_at_the_top,
         "the JSON value \"a\" has a key, but is not in an object"},
        {write_no_key,
         "the JSON value at byte 1 is in an object, but has no key"},
        {write_key_in_array,
         "the JSON value \"a\" has a key, but is not in an object"},
        {write_no_end, "2 JSON objects or arrays were not ended"},
        {write_too_many_ends,
         "chutes_json_end() was called outside of an object or array"},
        {write_infinity, "the JSON value \"price\" is not a finite number"},
        {write_bad_text, "the JSON value \"city\" is not valid UTF-8"},
        {write_bad_key, "the JSON value \"\xEF\xBF\xBD\" has a key that is "
                        "not valid UTF-8"},
        {write_bad_json, "the JSON value \"schema\" is not valid JSON"},
        {write_no_json, "the JSON value at byte 0 is not valid JSON"},
        {write_bad_text_in_json, "the JSON value at byte 0 is not valid UTF-8"},
    };
    chutes_json_writer *writer = chutes_json_writer_new();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i].write(writer);
        expect_fault(writer, rows[i].want);
        /* The fault is forgotten. */
        write_all_kinds(writer);
        expect(writer, ALL_KINDS);
    }
    chutes_json_writer_free(writer);
}

static void depth_is_bounded(void **state)
{
    chutes_json_writer *writer = chutes_json_writer_new();
    char want[129];

    (void)state;
    for (int i = 0; i < 64; i++) {
        chutes_json_begin_array(writer, NULL);
        want[i] = '[';
        want[127 - i] = ']';
    }
    for (int i = 0; i < 64; i++) {
        chutes_json_end(writer);
    }
    want[128] = '\0';
    expect(writer, want);
    for (int i = 0; i < 65; i++) {
        chutes_json_begin_object(writer, i == 0 ? NULL : "a");
    }
    expect_fault(writer, "the JSON value \"a\" is nested too deeply");
    chutes_json_writer_free(writer);
}

/* ---- memory -------------------------------------------------------------- */

static void memory_may_run_out(void **state)
{
    const char *json;
    long total;

    (void)state;
    alloc_fail_count();
    chutes_json_writer *writer = chutes_json_writer_new();
    write_all_kinds(writer);
    expect(writer, ALL_KINDS);
    chutes_json_writer_free(writer);
    total = alloc_fail_calls();
    assert_true(total >= 2);
    for (long nth = 1; nth <= total; nth++) {
        chutes_error error;

        alloc_fail_from(nth);
        writer = chutes_json_writer_new();
        write_all_kinds(writer);
        assert_int_equal(chutes_json_writer_finish(writer, &json, NULL, &error),
                         CHUTES_ERR_NO_MEMORY);
        assert_int_equal(error.status, CHUTES_ERR_NO_MEMORY);
        assert_null(json);
        chutes_json_writer_free(writer);
        alloc_fail_expect_none_lost(nth);
    }
    alloc_fail_at(1);
    assert_null(chutes_json_quote("a"));
    alloc_fail_off();
}

static void allocations_do_not_follow_the_values(void **state)
{
    chutes_json_writer *writer = chutes_json_writer_new();
    const char *json;

    (void)state;
    alloc_fail_count();
    chutes_json_begin_array(writer, NULL);
    for (int i = 0; i < 100000; i++) {
        chutes_json_add_int64(writer, NULL, i);
    }
    chutes_json_end(writer);
    assert_int_equal(chutes_json_writer_finish(writer, &json, NULL, NULL),
                     CHUTES_OK);
    assert_true(alloc_fail_calls() < 60);
    alloc_fail_off();
    chutes_json_writer_free(writer);
}

static void a_text_is_quoted(void **state)
{
    char *text = chutes_json_quote("say \"\\\"\t\xE2\x82\xAC");

    (void)state;
    assert_string_equal(text, "\"say \\\"\\\\\\\"\\t\xE2\x82\xAC\"");
    chutes_string_free(text);
    text = chutes_json_quote("");
    assert_string_equal(text, "\"\"");
    chutes_string_free(text);
    assert_null(chutes_json_quote("\xE2\x82"));
    assert_null(chutes_json_quote(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_written),
        cmocka_unit_test(a_writer_writes_one_document_after_the_other),
        cmocka_unit_test(misuse_is_told_at_the_end),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(allocations_do_not_follow_the_values),
        cmocka_unit_test(a_text_is_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
