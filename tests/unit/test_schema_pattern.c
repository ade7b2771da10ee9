/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "toolkit/schema.h"

static bool matches(const char *pattern, const char *text)
{
    assert_null(chutes__schema_pattern_check(pattern));
    return chutes__schema_pattern_matches(pattern, chutes__slice_of(text));
}

static void a_pattern_describes_the_whole_text(void **state)
{
    static const struct {
        const char *pattern;
        const char *yes;
        const char *no;
    } rows[] = {
        {"^$", "", "a"},
        {"^a$", "a", "ab"},
        {"^ab?c$", "ac", "abbc"},
        {"^ab*c$", "abbbc", "abb"},
        {"^ab+c$", "abc", "ac"},
        {"^\\d{4}-\\d{2}-\\d{2}$", "2026-11-30", "2026-11-3"},
        {"^a{2,3}$", "aaa", "aaaa"},
        {"^a{2,3}$", "aa", "a"},
        {"^a{2,}$", "aaaaaaa", "a"},
        {"^a{0}$", "", "a"},
        {"^a{0,2}b$", "b", "aaab"},
        {"^a{0,256}$", "a", "b"},
        {"^[a-c_]+$", "ab_c", "abd"},
        {"^[^a-c]$", "d", "b"},
        {"^[a\\-c]$", "-", "b"},
        {"^[-a]$", "-", "b"},
        {"^[a-]$", "-", "b"},
        {"^[\\d.]+$", "1.5", "1,5"},
        {"^[\\w-]+$", "a-b_9", "a b"},
        {"^[a-a-c]+$", "a-c", "b"},
        {"^[+--]+$", "+,-", "."},
        {"^[\\[-\\]]$", "\\", "Z"},
        {"^\\s\\S$", "\ta", "aa"},
        {"^\\D\\W$", "x.", "1."},
        {"^.\\.$", "x.", "xy"},
        {"^.$", "\xE2\x82\xAC", "\n"},
        {"^[\xC3\xA0-\xC3\xBC]{3}$", "\xC3\xA4\xC3\xA9\xC3\xA0", "abc"},
        {"^\\d$", "7", "\xD9\xA3"}, /* an Arabic digit */
        {"^\\^\\$\\[\\{\\\\$", "^$[{\\", "^$[{"},
        {"^.*a.*b.*$", "xaxbx", "xbxa"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!matches(rows[i].pattern, rows[i].yes) ||
            matches(rows[i].pattern, rows[i].no)) {
            fail_msg("%s", rows[i].pattern);
        }
    }
}

static void what_servers_treat_differently_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "a",
        "^a",
        "a$",
        "^a$b",
        "^(a|b)$",
        "^a|b$",
        "^(?=a)b$",
        "^\\bfoo$",
        "^\\1$",
        "^\\p{L}$",
        "^\\n$",
        "^*$",
        "^a**$",
        "^a{$",
        "^a{2$",
        "^a{,2}$",
        "^a{3,2}$",
        "^a{x}$",
        "^[]$",
        "^[^]$",
        "^[a$",
        "^[[:a:]]$",
        "^\\$",
        "^a+?$",
        "^]$",
        "^a{257}$",
        "^a{9999}$",
        "^a{200}b{200}$",
        "^\xFF$",
        "^[\xFF]$",
        "^[z-a]$",
        "^[\\]-\\[]$",
        "^[\xC3\xBC-\xC3\xA0]$",
        "^[\\d-z]$",
        "^[a-\\d]$",
        "^[a-[]$",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (chutes__schema_pattern_check(rows[i]) == NULL) {
            fail_msg("%s", rows[i]);
        }
    }
}

static void long_patterns_are_refused(void **state)
{
    char pattern[CHUTES_SCHEMA_MAX_PATTERN + 2];

    (void)state;
    memset(pattern, 'a', sizeof(pattern));
    pattern[0] = '^';
    pattern[sizeof(pattern) - 2] = '$';
    pattern[sizeof(pattern) - 1] = '\0';
    assert_non_null(chutes__schema_pattern_check(pattern));
    pattern[sizeof(pattern) - 3] = '$';
    pattern[sizeof(pattern) - 2] = '\0';
    assert_null(chutes__schema_pattern_check(pattern));
}

/* Would take years if the matcher tried one way after the other. */
static void no_text_makes_a_pattern_slow(void **state)
{
    static char text[100001];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    assert_false(matches("^a*a*a*a*a*a*a*a*a*a*a*a*a*a*b$", text));
    assert_true(matches("^a*a*a*a*a*a*a*a*a*a*a*a*a*a*$", text));
}

static clock_t time_of(const char *set, int most, const char *text)
{
    char pattern[300];
    clock_t begin = clock();

    (void)snprintf(pattern, sizeof(pattern), "^.*[%s]{0,%d}$", set, most);
    assert_true(matches(pattern, text));
    return clock() - begin;
}

/* Or else it would take fifty times as long. */
static void a_repeated_set_is_read_once_for_a_character(void **state)
{
    static char text[40001];
    char set[201];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    memset(set, 'b', sizeof(set) - 1);
    set[sizeof(set) - 2] = 'a';
    set[sizeof(set) - 1] = '\0';
    assert_in_range(time_of(set, 50, text), 0, 10 * time_of(set, 1, text));
}

static void a_text_that_cannot_match_any_more_is_not_read(void **state)
{
    static char text[40001];
    clock_t begin = clock();
    clock_t whole;

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    assert_true(matches("^[^b]*$", text));
    whole = clock() - begin;
    begin = clock();
    for (int i = 0; i < 1000; i++) {
        assert_false(matches("^a{3}$", text));
    }
    assert_in_range(clock() - begin, 0, 10 * whole + CLOCKS_PER_SEC / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_describes_the_whole_text),
        cmocka_unit_test(what_servers_treat_differently_is_refused),
        cmocka_unit_test(long_patterns_are_refused),
        cmocka_unit_test(no_text_makes_a_pattern_slow),
        cmocka_unit_test(a_repeated_set_is_read_once_for_a_character),
        cmocka_unit_test(a_text_that_cannot_match_any_more_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
