/* SPDX-License-Identifier: MIT */
/* What the reader returns, and how it advances through a text. */
#include "test.h"
#include "json/reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

static void open_text(struct chutes__json_reader *reader, const char *text)
{
    chutes__json_init(reader, text, strlen(text), DEPTH);
}

static void values_are_delivered_as_they_stand(void **state)
{
    static const struct {
        const char *key;
        enum chutes__json_type type;
        bool plain;
        const char *text;
    } want[] = {
        {"string", CHUTES__JSON_STRING, true, "text"},
        {"empty", CHUTES__JSON_STRING, true, ""},
        {"escaped", CHUTES__JSON_STRING, false, "a\\nb"},
        {"utf-8", CHUTES__JSON_STRING, true, "\xE2\x82\xAC z"},
        {"dirty", CHUTES__JSON_STRING, false, "a\xFF"},
        {"number", CHUTES__JSON_NUMBER, false, "-1.5e3"},
        {"zero", CHUTES__JSON_NUMBER, false, "0"},
        {"natural", CHUTES__JSON_NUMBER, false, "1735689600"},
        {"null", CHUTES__JSON_NULL, false, "null"},
        {"true", CHUTES__JSON_TRUE, false, "true"},
        {"false", CHUTES__JSON_FALSE, false, "false"},
        {"array", CHUTES__JSON_ARRAY, false, "[1, [2]]"},
        {"object", CHUTES__JSON_OBJECT, false, "{\"a\":{}}"},
    };
    static const char text[] =
        "{\"string\":\"text\", \"empty\":\"\",\"escaped\":\"a\\nb\","
        "\"utf-8\":\"\xE2\x82\xAC z\",\"dirty\":\"a\xFF\",\"number\":-1.5e3 ,"
        "\"zero\":0,\"natural\":1735689600,"
        "\"null\":null,\"true\":true,\"false\":false,\"array\":[1, [2]],"
        "\"object\": {\"a\":{}}}";
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    struct chutes__json_value key = {.plain = false};
    size_t i = 0;

    (void)state;
    open_text(&reader, text);
    assert_true(chutes__json_enter_object(&reader));
    while (chutes__json_next_member(&reader, &key)) {
        assert_true(i < COUNT(want));
        assert_true(chutes__json_key_is(&key, want[i].key));
        assert_true(key.plain);
        assert_int_equal(key.type, CHUTES__JSON_STRING);
        assert_int_equal(chutes__json_peek(&reader), want[i].type);
        chutes__json_read(&reader, &value);
        assert_int_equal(value.type, want[i].type);
        assert_int_equal(value.plain, want[i].plain);
        assert_true(chutes__slice_is(value.text, want[i].text));
        key.plain = false; /* the next one must set it */
        i++;
    }
    assert_int_equal(i, COUNT(want));
    assert_true(chutes__json_finish(&reader));
}

static void strings_of_any_length_are_delivered_whole(void **state)
{
    static const char *const tails[] = {"", "\\n", "\xC3\xA9", "\xFF",
                                        "\xE2\x82\xAC\\\""};
    char text[512];
    size_t tail;
    size_t len;

    (void)state;
    for (len = 0; len < 5 * 200; len++) {
        size_t pad = len / 5;
        struct chutes__json_reader reader;
        struct chutes__json_value value;
        char *at = text;

        tail = len % 5;
        memcpy(at, "[\"", 2);
        memset(at + 2, 'v', pad);
        at = stpcpy(at + 2 + pad, tails[tail]);
        at = stpcpy(at, "\",\"next\"]");
        chutes__json_init(&reader, text, (size_t)(at - text), DEPTH);
        assert_true(chutes__json_enter_array(&reader));
        assert_true(chutes__json_next_element(&reader));
        chutes__json_read(&reader, &value);
        assert_int_equal(value.type, CHUTES__JSON_STRING);
        assert_ptr_equal(value.text.data, text + 2);
        assert_int_equal(value.text.len, pad + strlen(tails[tail]));
        assert_int_equal(value.plain, tail == 0 || tail == 2);
        assert_true(chutes__json_next_element(&reader));
        chutes__json_read(&reader, &value);
        assert_true(chutes__slice_is(value.text, "next"));
        assert_false(chutes__json_next_element(&reader));
        assert_true(chutes__json_finish(&reader));
    }
}

static void keys_may_need_decoding(void **state)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;

    (void)state;
    open_text(&reader, "{\"\\u0069d\" : 1,\"na\xC3\xAFve\":2, \"\xFF\":3,"
                       "\"a key that is longer than the window of the reader, "
                       "which has 64 bytes\":4}");
    assert_true(chutes__json_enter_object(&reader));
    assert_true(chutes__json_next_member(&reader, &key));
    assert_true(chutes__json_key_is(&key, "id"));
    assert_false(chutes__json_key_is(&key, "i"));
    assert_false(chutes__json_key_is(&key, "idx"));
    assert_false(chutes__json_key_is(&key, "\\u0069d"));
    chutes__json_skip(&reader);
    assert_true(chutes__json_next_member(&reader, &key));
    assert_true(key.plain);
    assert_true(chutes__json_key_is(&key, "na\xC3\xAFve"));
    chutes__json_skip(&reader);
    assert_true(chutes__json_next_member(&reader, &key));
    assert_false(key.plain);
    assert_true(chutes__json_key_is(&key, "\xEF\xBF\xBD"));
    chutes__json_skip(&reader);
    assert_true(chutes__json_next_member(&reader, &key));
    assert_true(key.plain);
    assert_int_equal(key.text.len, 70);
    chutes__json_skip(&reader);
    assert_false(chutes__json_next_member(&reader, &key));
    assert_true(chutes__json_finish(&reader));
}

static void skipping_and_entering_may_be_mixed(void **state)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    int elements = 0;

    (void)state;
    open_text(&reader, " [ {\"a\":[1,{\"b\":[]}],\"c\":2} , [[[]],3] , {} ] ");
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_next_element(&reader));
    assert_true(chutes__json_enter_object(&reader));
    assert_true(chutes__json_next_member(&reader, &value));
    chutes__json_skip(&reader);
    assert_true(chutes__json_next_member(&reader, &value));
    assert_true(chutes__json_key_is(&value, "c"));
    chutes__json_read(&reader, &value);
    assert_false(chutes__json_next_member(&reader, &value));
    while (chutes__json_next_element(&reader)) {
        chutes__json_skip(&reader);
        elements++;
    }
    assert_int_equal(elements, 2);
    assert_true(chutes__json_finish(&reader));
}

static void peeking_consumes_nothing(void **state)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    (void)state;
    open_text(&reader, "  7 ");
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NUMBER);
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NUMBER);
    chutes__json_read(&reader, &value);
    assert_true(chutes__slice_is(value.text, "7"));
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NONE);
    assert_true(chutes__json_finish(&reader));
    open_text(&reader, "");
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NONE);
    assert_false(chutes__json_finish(&reader));
    open_text(&reader, "[");
    assert_true(chutes__json_enter_array(&reader));
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NONE);
    assert_non_null(reader.fault);
    open_text(&reader, "?");
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NONE);
    assert_non_null(reader.fault);
}

static void the_wrong_container_is_a_fault(void **state)
{
    struct chutes__json_reader reader;

    (void)state;
    open_text(&reader, " []");
    assert_false(chutes__json_enter_object(&reader));
    assert_string_equal(reader.fault, "not an object");
    assert_int_equal(reader.fault_at, 1);
    open_text(&reader, "{}");
    assert_false(chutes__json_enter_array(&reader));
    assert_string_equal(reader.fault, "not an array");
    open_text(&reader, "");
    assert_false(chutes__json_enter_array(&reader));
    assert_false(chutes__json_finish(&reader));
}

static void a_fault_is_sticky_and_ends_every_loop(void **state)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    int members = 0;

    (void)state;
    open_text(&reader, "{\"a\":[1,2,x],\"b\":2}");
    assert_true(chutes__json_enter_object(&reader));
    while (chutes__json_next_member(&reader, &value)) {
        chutes__json_read(&reader, &value);
        assert_int_equal(value.type, CHUTES__JSON_NONE);
        assert_int_equal(value.text.len, 0);
        assert_non_null(value.text.data);
        members++;
    }
    assert_int_equal(members, 1);
    assert_int_equal(reader.fault_at, 10);
    /* Later calls neither change the first fault nor read more values. */
    assert_int_equal(chutes__json_peek(&reader), CHUTES__JSON_NONE);
    assert_false(chutes__json_enter_object(&reader));
    assert_false(chutes__json_enter_array(&reader));
    assert_false(chutes__json_next_element(&reader));
    chutes__json_skip(&reader);
    assert_false(chutes__json_finish(&reader));
    assert_int_equal(reader.fault_at, 10);
    assert_string_equal(reader.fault, "no value starts here");
    assert_false(reader.is_deep);
}

static void what_was_not_read_to_its_end_is_not_finished(void **state)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    (void)state;
    open_text(&reader, "[1]");
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_next_element(&reader));
    chutes__json_read(&reader, &value);
    assert_false(chutes__json_finish(&reader));
    open_text(&reader, "1");
    assert_false(chutes__json_finish(&reader));
}

static bool accepts_depth(size_t depth, size_t limit)
{
    struct chutes__json_reader reader;
    char *text = malloc(2 * depth);
    bool accepted;

    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    chutes__json_init(&reader, text, 2 * depth, limit);
    chutes__json_skip(&reader);
    accepted = chutes__json_finish(&reader);
    assert_int_equal(reader.is_deep, !accepted);
    if (!accepted) {
        assert_string_equal(reader.fault, "nested too deeply");
        assert_int_equal(reader.fault_at, limit);
    }
    free(text);
    return accepted;
}

static void the_depth_limit_is_exact(void **state)
{
    static const size_t limits[] = {1, 2, 16, 63, 64, 65, 511, 512};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(limits); i++) {
        size_t limit = limits[i];

        assert_true(accepts_depth(limit, limit));
        assert_false(accepts_depth(limit + 1, limit));
        assert_false(accepts_depth(limit * 3, limit));
    }
}

static void entering_respects_the_depth_limit(void **state)
{
    static const char text[] = "{\"a\":{\"b\":[]}}";
    struct chutes__json_reader reader;
    struct chutes__json_value key;
    size_t limit;

    (void)state;
    for (limit = 1; limit <= 3; limit++) {
        chutes__json_init(&reader, text, sizeof(text) - 1, limit);
        assert_true(chutes__json_enter_object(&reader));
        assert_true(chutes__json_next_member(&reader, &key));
        assert_int_equal(chutes__json_enter_object(&reader), limit > 1);
        assert_int_equal(chutes__json_next_member(&reader, &key), limit > 1);
        assert_int_equal(chutes__json_enter_array(&reader), limit > 2);
        assert_int_equal(reader.is_deep, limit < 3);
    }
}

static void levels_remember_what_they_are(void **state)
{
    struct chutes__json_reader reader;
    char text[2 * CHUTES__JSON_MAX_DEPTH * 5];
    bool is_object[CHUTES__JSON_MAX_DEPTH];
    uint32_t random = 3;
    size_t len = 0;
    size_t level;

    (void)state;
    for (level = 0; level < CHUTES__JSON_MAX_DEPTH; level++) {
        random = random * 1664525 + 1013904223;
        is_object[level] = random >> 31 != 0;
        len = (size_t)(stpcpy(text + len, is_object[level] ? "{\"k\":" : "[") -
                       text);
    }
    text[len++] = '0';
    while (level > 0) {
        text[len++] = is_object[--level] ? '}' : ']';
    }
    chutes__json_init(&reader, text, len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_skip(&reader);
    assert_true(chutes__json_finish(&reader));
    /* A wrong bracket is found at any level. */
    for (level = 1; level <= CHUTES__JSON_MAX_DEPTH; level += 37) {
        char *bracket = text + len - level;

        *bracket ^= ']' ^ '}';
        assert_false(chutes__json_is_valid(text, len, CHUTES__JSON_MAX_DEPTH));
        *bracket ^= ']' ^ '}';
    }
}

static void *judge_brackets(void *arg)
{
    enum { BRACKETS = 100000 };
    static char text[BRACKETS];
    struct chutes__json_reader reader;
    bool *refused = arg;

    memset(text, '[', sizeof(text));
    chutes__json_init(&reader, text, sizeof(text), CHUTES__JSON_MAX_DEPTH);
    chutes__json_skip(&reader);
    *refused = !chutes__json_finish(&reader) && reader.is_deep &&
               reader.fault_at == CHUTES__JSON_MAX_DEPTH;
    return NULL;
}

static void deep_nesting_needs_no_stack(void **state)
{
    size_t stack_size = (size_t)64 << 10;
    pthread_attr_t attributes;
    bool refused = false;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, stack_size), 0);
    assert_int_equal(
        pthread_create(&thread, &attributes, judge_brackets, &refused), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    assert_true(refused);
}

/* A guess that fails must consume nothing; the usual way then decides. */
static void short_numbers_are_taken_only_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        int64_t number; /* -1: not taken */
    } cases[] = {
        {"[0]", 0},
        {"[7,8]", 7},
        {"[123456789012345678]", 123456789012345678},
        {"[1234567890123456789]", -1},
        {"[01]", -1},
        {"[1.0]", -1},
        {"[1e3]", -1},
        {"[-1]", -1},
        {"[ 1]", -1},
        {"[1 ]", -1},
        {"[1", -1},
        {"[", -1},
        {"[]", -1},
        {"[\"1\"]", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__json_reader reader;
        struct chutes__json_reader other;
        int64_t number = 0;
        bool is_taken = cases[i].number >= 0;
        const char *at;

        open_text(&reader, cases[i].text);
        assert_true(chutes__json_enter_array(&reader));
        other = reader;
        at = reader.at;
        assert_int_equal(chutes__json_take_natural(&reader, &number), is_taken);
        assert_int_equal(chutes__json_take_element(&other, &number), is_taken);
        assert_ptr_equal(reader.at, other.at);
        assert_int_equal(reader.at != at, is_taken);
        if (is_taken) {
            assert_int_equal(number, cases[i].number);
        }
    }
}

static void elements_are_taken_up_to_the_first_that_is_not_short(void **state)
{
    struct chutes__json_reader reader;
    int64_t number;

    (void)state;
    open_text(&reader, "[1,22, 3]");
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_take_element(&reader, &number));
    assert_int_equal(number, 1);
    assert_true(chutes__json_take_element(&reader, &number));
    assert_int_equal(number, 22);
    assert_false(chutes__json_take_element(&reader, &number));
    assert_true(chutes__json_next_element(&reader));
    chutes__json_skip(&reader);
    assert_false(chutes__json_next_element(&reader));
    assert_true(chutes__json_finish(&reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_delivered_as_they_stand),
        cmocka_unit_test(strings_of_any_length_are_delivered_whole),
        cmocka_unit_test(keys_may_need_decoding),
        cmocka_unit_test(skipping_and_entering_may_be_mixed),
        cmocka_unit_test(peeking_consumes_nothing),
        cmocka_unit_test(the_wrong_container_is_a_fault),
        cmocka_unit_test(a_fault_is_sticky_and_ends_every_loop),
        cmocka_unit_test(what_was_not_read_to_its_end_is_not_finished),
        cmocka_unit_test(short_numbers_are_taken_only_as_they_are_written),
        cmocka_unit_test(elements_are_taken_up_to_the_first_that_is_not_short),
        cmocka_unit_test(the_depth_limit_is_exact),
        cmocka_unit_test(entering_respects_the_depth_limit),
        cmocka_unit_test(levels_remember_what_they_are),
        cmocka_unit_test(deep_nesting_needs_no_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
