/* SPDX-License-Identifier: MIT */
#include "json/span.h"

#include "test.h"

#include <string.h>

struct case_ {
    const char *text; /* up to its last bracket */
    const char *rest;
};

static const struct case_ CASES[] = {
    {"{}", ""},
    {"[]", "{}"},
    {"{\"a\":[1,{\"b\":[]}],\"c\":\"x\"}", "}"},
    {"[\"}\",\"]\",\"{\",\"[\"]", " ]"},
    {"{\"a\":\"\\\"}\"}", "\"}"},
    {"{\"a\":\"\\\\\"}", "\"}"},
    {"{\"a\":\"\\\\\\\"}\"}", "\"}"},
    {"{\"a\":\"x\\\\\\\\\",\"\\\"\\\"\":\"\\\\\\\"\"}", "{"},
    {"{\"a\":\"\"}", "x"},
};

/* Cuts the text at two places; with `first` = `second` at one. */
static void check_cut(const struct case_ *c, size_t first, size_t second)
{
    size_t want = strlen(c->text);
    char text[128];
    const size_t ends[] = {first, second, want + strlen(c->rest)};
    struct chutes__json_span span = {0};
    size_t taken = 0;

    memcpy(text, c->text, want);
    memcpy(text + want, c->rest, strlen(c->rest));
    for (size_t i = 0; i < COUNT(ends) && !span.is_over; i++) {
        size_t len = chutes__json_span_grow(
            &span, (struct chutes__slice){text + taken, ends[i] - taken});

        assert_int_equal(span.is_over, ends[i] >= want);
        assert_int_equal(len, (span.is_over ? want : ends[i]) - taken);
        taken += len;
    }
    assert_int_equal(taken, want);
}

static void the_end_is_found_however_the_text_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        size_t len = strlen(CASES[i].text) + strlen(CASES[i].rest);

        for (size_t first = 0; first <= len; first++) {
            for (size_t second = first; second <= len; second++) {
                check_cut(&CASES[i], first, second);
            }
        }
    }
}

static void a_text_that_does_not_end_is_never_over(void **state)
{
    static const char text[] = "{\"a\":[\"\\\\\\\"]}";
    struct chutes__json_span span = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        assert_int_equal(
            chutes__json_span_grow(&span, (struct chutes__slice){text + i, 1}),
            1);
        assert_false(span.is_over);
    }
    assert_true(span.is_string);
    assert_int_equal(span.depth, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_is_found_however_the_text_is_cut),
        cmocka_unit_test(a_text_that_does_not_end_is_never_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
