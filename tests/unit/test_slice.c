/* SPDX-License-Identifier: MIT */
#include "base/slice.h"
#include "test.h"

static const struct {
    const char *bytes;
    size_t len;
    const char *text;
    bool is_same;
    bool starts; /* the first text starts with the second */
} COMPARED[] = {
    {"Retry-After", 11, "retry-after", true, true},
    {"RETRY-AFTER", 11, "Retry-After", true, true},
    {"Retry-After", 10, "Retry-After", false, false},
    {"Retry-After: 1", 11, "Retry-After", true, true},
    {"Retry-After: 1", 14, "Retry-After", false, true},
    {"Retry-Afte", 10, "Retry-After", false, false},
    {"", 0, "", true, true},
    {"x", 1, "", false, true},
    {"", 0, "x", false, false},
    /* Bytes that differ only in the case bit, but aren't letters. */
    {"a[", 2, "A{", false, false},
    {"a@", 2, "a`", false, false},
    {"\xC4", 1, "\xE4", false, false},
};

static void names_are_compared_whole_and_in_any_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(COMPARED); i++) {
        const struct chutes__slice slice = {COMPARED[i].bytes, COMPARED[i].len};

        if (chutes__slice_is_nocase(slice, COMPARED[i].text) !=
                COMPARED[i].is_same ||
            chutes__slice_starts_with_nocase(slice, COMPARED[i].text) !=
                COMPARED[i].starts) {
            fail_msg("%.*s against %s", (int)COMPARED[i].len, COMPARED[i].bytes,
                     COMPARED[i].text);
        }
    }
}

static void a_start_is_compared_with_its_case(void **state)
{
    const struct chutes__slice slice = {"data: x", 6};

    (void)state;
    assert_true(chutes__slice_starts_with(slice, ""));
    assert_true(chutes__slice_starts_with(slice, "data:"));
    assert_true(chutes__slice_starts_with(slice, "data: "));
    assert_false(chutes__slice_starts_with(slice, "data: x"));
    assert_false(chutes__slice_starts_with(slice, "Data:"));
}

static void a_needle_is_found_in_any_case(void **state)
{
    static const struct {
        const char *text;
        const char *needle;
        int at; /* -1: not found */
    } rows[] = {
        {"TEXT/html", "text/HTML", 0},
        {"a text/html; b", "text/html", 2},
        {"text/htm", "text/html", -1},
        {"aab", "AB", 1},
        {"", "x", -1},
        {"x", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *found = chutes__slice_find_nocase(
            chutes__slice_of(rows[i].text), rows[i].needle);

        assert_int_equal(found == NULL ? -1 : (int)(found - rows[i].text),
                         rows[i].at);
    }
}

static void a_host_is_the_domain_or_below_it(void **state)
{
    static const struct {
        const char *host;
        bool is_inside;
    } rows[] = {
        {"chutes.ai", true},
        {"LLM.Chutes.AI", true},
        {".chutes.ai", true},
        {"notchutes.ai", false},
        {"chutes.ai.eu", false},
        {"hutes.ai", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(chutes__slice_is_in_domain(
                             chutes__slice_of(rows[i].host), "chutes.ai"),
                         rows[i].is_inside);
    }
}

static void only_the_wanted_blanks_are_trimmed(void **state)
{
    static const char blanks[] = "\x01\r\n \t.a b.\t \n\r\x01";
    static const struct {
        uint64_t blanks;
        size_t cut; /* bytes at either end, of those above */
        size_t from;
    } rows[] = {
        {CHUTES__BLANKS_HTTP, 2, 3},
        {CHUTES__BLANKS_JSON, 4, 1},
        {CHUTES__BLANKS_CONTROL, 5, 0},
    };
    size_t len = sizeof(blanks) - 1;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct chutes__slice text = {blanks + rows[i].from,
                                           len - 2 * rows[i].from};
        const struct chutes__slice trimmed =
            chutes__slice_trim(text, rows[i].blanks);

        assert_ptr_equal(trimmed.data, text.data + rows[i].cut);
        assert_int_equal(trimmed.len, text.len - 2 * rows[i].cut);
    }
    assert_int_equal(chutes__slice_trim((struct chutes__slice){blanks, len},
                                        CHUTES__BLANKS_JSON)
                         .len,
                     len);
    assert_int_equal(
        chutes__slice_trim(chutes__slice_of(" \t "), CHUTES__BLANKS_HTTP).len,
        0);
    assert_int_equal(
        chutes__slice_trim(chutes__slice_of("\xA0\xFF"), CHUTES__BLANKS_CONTROL)
            .len,
        2);
}

static void a_byte_order_mark_is_trimmed_only_at_the_start(void **state)
{
    (void)state;
    assert_true(chutes__slice_is(
        chutes__slice_trim_text(chutes__slice_of("\xEF\xBB\xBF {} \n")), "{}"));
    assert_true(chutes__slice_is(
        chutes__slice_trim_text(chutes__slice_of(" \xEF\xBB\xBF")),
        "\xEF\xBB\xBF"));
    assert_int_equal(chutes__slice_trim_text(chutes__slice_of("")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_compared_whole_and_in_any_case),
        cmocka_unit_test(a_start_is_compared_with_its_case),
        cmocka_unit_test(a_needle_is_found_in_any_case),
        cmocka_unit_test(a_host_is_the_domain_or_below_it),
        cmocka_unit_test(only_the_wanted_blanks_are_trimmed),
        cmocka_unit_test(a_byte_order_mark_is_trimmed_only_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
