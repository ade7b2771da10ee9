/* SPDX-License-Identifier: MIT */
/* Every rule of RFC 8259, section by section: what the reader accepts and what
 * it refuses. With CHUTES_JSON_SUITE set to the folder `test_parsing` of the
 * public JSONTestSuite, its files are judged as well. */
#include "json/reader.h"

#include "fixture.h"
#include "json_walk.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_DEPTH = 64 };

struct text {
    const char *bytes;
    size_t len;
};

/* The text may contain NUL bytes. */
#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct text ACCEPTED[] = {
    /* Section 2: a value of any type, alone or amid white space. */
    TEXT("{}"),
    TEXT("[]"),
    TEXT("\"\""),
    TEXT("0"),
    TEXT("true"),
    TEXT("false"),
    TEXT("null"),
    TEXT(" \t\r\n{}\n\r\t "),
    TEXT(" 1 "),
    TEXT("[ 1 , 2 ]"),
    TEXT("{ \"a\" : 1 , \"b\" : 2 }"),
    TEXT("[\n\t1\r\n,\n2\t]"),
    TEXT("{\"a\"\n:\t1\r}"),
    TEXT("\"a\"\n"),

    /* Section 4: objects. Names may repeat and may be empty. */
    TEXT("{\"\":0}"),
    TEXT("{\"a\":0}"),
    TEXT("{\"a\":0,\"a\":1}"),
    TEXT("{\"a\":{\"b\":{}}}"),
    TEXT("{\"a\\u0062\":1}"),
    TEXT("{\"a\\u0000b\":1}"),
    TEXT("{\"\xc3\xa4\":1}"),
    TEXT("{\"a\":[],\"b\":\"\",\"c\":null}"),

    /* Section 5: arrays. */
    TEXT("[1]"),
    TEXT("[[]]"),
    TEXT("[[],[[]],{}]"),
    TEXT("[\"\"]"),
    TEXT("[1,\"a\",true,null,{},[]]"),
    TEXT("[[1],[2]]"),
    TEXT("[null]"),

    /* Section 6: numbers. */
    TEXT("-0"),
    TEXT("0.0"),
    TEXT("-0.0"),
    TEXT("1"),
    TEXT("-1"),
    TEXT("10"),
    TEXT("1234567890"),
    TEXT("0.5"),
    TEXT("10.05"),
    TEXT("1e5"),
    TEXT("1E5"),
    TEXT("1e+5"),
    TEXT("1E-5"),
    TEXT("0e0"),
    TEXT("0E+00"),
    TEXT("1.5e3"),
    TEXT("-1.5E-03"),
    TEXT("1e05"),
    TEXT("1e400"),
    TEXT("-1e400"),
    TEXT("1e-400"),
    TEXT("9223372036854775807"),
    TEXT("-9223372036854775808"),
    TEXT("18446744073709551616"),
    TEXT("123456789012345678901234567890"),
    TEXT("0.00000000000000000000000000000000000000001"),
    TEXT("1e99999999999999999999"),
    TEXT("[0,-0,0.0]"),

    /* Section 7: strings, their escapes, and what needs no escape. */
    TEXT("\"a\""),
    TEXT("\"/\""),
    TEXT("\"'\""),
    TEXT("\"\x7f\""),
    TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    TEXT("\"\\u0041\""),
    TEXT("\"\\uabcd\\uABCD\""),
    TEXT("\"\\u0000\""),
    TEXT("\"\\u001f\""),
    TEXT("\"\\uD83D\\uDE00\""),
    TEXT("\"\\ud83d\\ude00\""),
    TEXT("\"\\u2028\\u2029\""),
    TEXT("\"\\uffff\""),
    TEXT("\"\\\\u12\""),
    TEXT("\"[{]},:\""),
    TEXT("\"\xe2\x80\xa8\xe2\x80\xa9\""),

    /* Section 8.1: UTF-8 of each length, first and last of each. */
    TEXT("\"\xc2\x80\xdf\xbf\""),
    TEXT("\"\xe0\xa0\x80\xef\xbf\xbf\""),
    TEXT("\"\xed\x9f\xbf\xee\x80\x80\""),
    TEXT("\"\xef\xbb\xbf\""),
    TEXT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),

    /* Section 8.2: unpaired surrogates are grammatical. The reader's users
     * see U+FFFD. */
    TEXT("\"\\ud800\""),
    TEXT("\"\\udc00\""),
    TEXT("\"\\ud800a\""),
    TEXT("\"\\ud800\\n\""),
    TEXT("\"\\ud800\\u0041\""),
    TEXT("\"\\ud800\\ud800\""),
    TEXT("\"\\udc00\\ud800\""),
    TEXT("\"\\ud800\\ud83d\\ude00\""),
    TEXT("{\"\\udc00\":0}"),

    /* Servers cut characters apart, so bytes that are no UTF-8 are accepted
     * inside strings; the reader's users see U+FFFD. */
    TEXT("\"\x80\""),
    TEXT("\"\xc3\""),
    TEXT("\"\xc0\xaf\""),
    TEXT("\"\xe2\x82\""),
    TEXT("\"\xed\xa0\x80\""),
    TEXT("\"\xf0\x9f\x98\""),
    TEXT("\"\xf4\x90\x80\x80\""),
    TEXT("\"\xff\""),
    TEXT("\"\xe4\""),
};

static const struct text REFUSED[] = {
    /* Section 2: exactly one value; four bytes are white space. */
    TEXT(""),
    TEXT(" "),
    TEXT("\n"),
    TEXT("1 2"),
    TEXT("{}{}"),
    TEXT("[]]"),
    TEXT("{}}"),
    TEXT("{},"),
    TEXT("[],"),
    TEXT("{}\0"),
    TEXT("\0{}"),
    TEXT("1\0"),
    TEXT("\"a\"b"),
    TEXT("\"a\"\"b\""),
    TEXT("\v1"),
    TEXT("\f1"),
    TEXT("[\v1]"),
    TEXT("[1\f]"),
    TEXT("\xc2\xa0"
         "1"),
    TEXT("[\xc2\xa0]"),
    TEXT("\xe2\x80\xa8[]"),
    TEXT("\xef\xbb\xbf{}"),
    TEXT("[]\x1a"),
    TEXT("{}#"),
    TEXT("{}//"),
    TEXT("/**/{}"),
    TEXT("[1/**/]"),
    TEXT("<html>"),
    TEXT("<null>"),
    TEXT("*"),
    TEXT("\\u0020[]"),

    /* Section 3: three literal names, in lower case. */
    TEXT("True"),
    TEXT("TRUE"),
    TEXT("nul"),
    TEXT("nulL"),
    TEXT("nan"),
    TEXT("NaN"),
    TEXT("undefined"),
    TEXT("t"),
    TEXT("fals"),
    TEXT("truee"),
    TEXT("nulltrue"),
    TEXT("[tru]"),
    TEXT("[nul]"),
    TEXT("[true false]"),
    TEXT("{\"a\":fals}"),
    TEXT("tru\0"),
    TEXT("n"),
    TEXT("yes"),

    /* Section 4: objects. */
    TEXT("{"),
    TEXT("}"),
    TEXT("{\"a\""),
    TEXT("{\"a\":"),
    TEXT("{\"a\":1"),
    TEXT("{\"a\":1,"),
    TEXT("{\"a\":1,}"),
    TEXT("{,}"),
    TEXT("{,\"a\":1}"),
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\",1}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\"::1}"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("{\"a\":1,,\"b\":2}"),
    TEXT("{\"a\":1;\"b\":2}"),
    TEXT("{a:1}"),
    TEXT("{'a':1}"),
    TEXT("{1:1}"),
    TEXT("{null:1}"),
    TEXT("{[]:1}"),
    TEXT("{:1}"),
    TEXT("{\"a\":1]"),
    TEXT("{\"a\":1:2}"),
    TEXT("{\"a\":1}}"),
    TEXT("{\"a:1}"),
    TEXT("{{}}"),
    TEXT("{\"a\"=1}"),
    TEXT("{\"a\":{}"),
    TEXT("{\"a\":\"b}"),
    TEXT("{\"a\":'b'}"),

    /* Section 5: arrays. */
    TEXT("["),
    TEXT("]"),
    TEXT("[1"),
    TEXT("[1,"),
    TEXT("[1,]"),
    TEXT("[,1]"),
    TEXT("[,]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("[1:2]"),
    TEXT("[1;2]"),
    TEXT("[1}"),
    TEXT("[[]"),
    TEXT("[\"a\""),
    TEXT("[\"a\":1]"),
    TEXT("[1]]"),
    TEXT("[\"a\" \"b\"]"),
    TEXT("[()]"),
    TEXT("[[[[]]]"),
    TEXT("[1,\n1\n,1"),

    /* Section 6: numbers. */
    TEXT("-"),
    TEXT("+1"),
    TEXT("--1"),
    TEXT("+-1"),
    TEXT("- 1"),
    TEXT("00"),
    TEXT("01"),
    TEXT("-01"),
    TEXT("-00"),
    TEXT("1."),
    TEXT(".5"),
    TEXT("-.5"),
    TEXT("0."),
    TEXT("1.e5"),
    TEXT("0.e1"),
    TEXT("1e"),
    TEXT("1e+"),
    TEXT("1e-"),
    TEXT("1E+"),
    TEXT("e5"),
    TEXT("1e5.5"),
    TEXT("1e1e1"),
    TEXT("1.2.3"),
    TEXT("1..2"),
    TEXT("0x1"),
    TEXT("1a"),
    TEXT("1f"),
    TEXT("1L"),
    TEXT("1_000"),
    TEXT("1,000"),
    TEXT("1 000"),
    TEXT("1-1"),
    TEXT("1+1"),
    TEXT("Infinity"),
    TEXT("-Infinity"),
    TEXT("-NaN"),
    TEXT("inf"),
    TEXT("1e+ 5"),
    TEXT("-a"),
    TEXT("\xef\xbc\x91"),
    TEXT("1\xe5"),
    TEXT("[1e\xe5]"),
    TEXT("[0\xe5]"),
    TEXT("[-\xe5]"),
    TEXT("[1.\xe5]"),
    TEXT("0e"),
    TEXT("[1.]"),
    TEXT("[-]"),
    TEXT("[012]"),
    TEXT("[0x]"),

    /* Section 7: strings. */
    TEXT("\""),
    TEXT("\"a"),
    TEXT("'a'"),
    TEXT("a"),
    TEXT("\"a'"),
    TEXT("\"\n\""),
    TEXT("\"\t\""),
    TEXT("\"\r\""),
    TEXT("\"\0\""),
    TEXT("\"\x01\""),
    TEXT("\"\x1f\""),
    TEXT("\"a\0b\""),
    TEXT("\"\\"),
    TEXT("\"\\\""),
    TEXT("\"\\a\""),
    TEXT("\"\\'\""),
    TEXT("\"\\v\""),
    TEXT("\"\\0\""),
    TEXT("\"\\x41\""),
    TEXT("\"\\N\""),
    TEXT("\"\\U0041\""),
    TEXT("\"\\ \""),
    TEXT("\"\\\n\""),
    TEXT("\"\\\0\""),
    TEXT("\"\\u\""),
    TEXT("\"\\u0\""),
    TEXT("\"\\u00\""),
    TEXT("\"\\u004\""),
    TEXT("\"\\u004g\""),
    TEXT("\"\\u00 1\""),
    TEXT("\"\\u-041\""),
    TEXT("\"\\u+041\""),
    TEXT("\"\\u{41}\""),
    TEXT("\"\\ud83d\\u\""),
    TEXT("\"\\ud83d\\ude\""),
    TEXT("\"\\ud83d\\"),
    TEXT("\"\\u00e"),
    TEXT("\"\\\xf0\x9f\x98\x80\""),
    TEXT("\"\\\xe5\""),
    TEXT("[\"a]"),
    TEXT("\\n"),
    TEXT("\"\\\\\\\""),
    TEXT("\"\\u\xe5\""),

    /* Section 8.1: outside strings every byte is ASCII; no other encoding. */
    TEXT("\x80"),
    TEXT("\xc3\xa4"),
    TEXT("[\xff]"),
    TEXT("{\xf0\x9f\x98\x80:1}"),
    TEXT("\xff\xfe[\0]\0"),
    TEXT("[\0]\0"),
    TEXT("\0[\0]"),
    TEXT("[\xc3\xa4]"),
};

/* Files that JSONTestSuite leaves to the parser (i_*) and we refuse. */
static const char *const REFUSED_CHOICES[] = {
    "i_string_UTF-16LE_with_BOM.json",
    "i_string_utf16BE_no_BOM.json",
    "i_string_utf16LE_no_BOM.json",
    "i_structure_500_nested_arrays.json", /* by the default depth */
    "i_structure_UTF-8_BOM_empty_object.json",
};

/* Reads a copy of exactly that size, so that sanitizers see a read beyond
 * it. */
static bool is_accepted(const char *text, size_t len, size_t max_depth)
{
    char *exact = malloc(len);
    bool accepted;

    assert_true(exact != NULL || len == 0);
    if (len > 0) {
        memcpy(exact, text, len);
    }
    accepted = chutes__json_is_valid(exact, len, max_depth);
    assert_int_equal(json_walk(exact, len, max_depth, NULL), accepted);
    free(exact);
    return accepted;
}

static void check(const char *name, const char *text, size_t len, bool wanted)
{
    if (is_accepted(text, len, DEFAULT_DEPTH) != wanted) {
        fail_msg("%s should be %s", name, wanted ? "accepted" : "refused");
    }
}

static void what_the_grammar_allows_is_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ACCEPTED); i++) {
        check(ACCEPTED[i].bytes, ACCEPTED[i].bytes, ACCEPTED[i].len, true);
    }
}

static void all_else_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        check(REFUSED[i].bytes, REFUSED[i].bytes, REFUSED[i].len, false);
    }
}

/* A container, a string or a literal is not a value before its last byte. */
static void every_beginning_of_a_value_is_refused(void **state)
{
    static const char WHOLE[] =
        "{\"a\":[1.5e3,true,null,\"\\u00e9\\n\"],\"b\":{\"c\":{}}}";

    (void)state;
    for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
        check("a beginning", WHOLE, len, false);
    }
    check(WHOLE, WHOLE, sizeof(WHOLE) - 1, true);
}

static bool are_levels_accepted(const char *open, const char *close,
                                size_t levels, size_t max_depth)
{
    char text[8192];
    size_t len = 0;

    for (size_t i = 0; i < levels; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", open);
    }
    text[len++] = '1';
    for (size_t i = 0; i < levels; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", close);
    }
    return is_accepted(text, len, max_depth);
}

static void depth_is_limited_to_the_level(void **state)
{
    (void)state;
    assert_true(are_levels_accepted("[", "]", 64, 64));
    assert_false(are_levels_accepted("[", "]", 65, 64));
    assert_true(are_levels_accepted("{\"a\":", "}", 64, 64));
    assert_false(are_levels_accepted("{\"a\":", "}", 65, 64));
    assert_true(are_levels_accepted("[", "]", 512, CHUTES__JSON_MAX_DEPTH));
    assert_false(are_levels_accepted("[", "]", 513, CHUTES__JSON_MAX_DEPTH));
}

static void a_hundred_thousand_open_levels_are_refused(void **state)
{
    enum { LEVELS = 100000 };
    char *text = malloc(LEVELS);

    (void)state;
    assert_non_null(text);
    memset(text, '[', LEVELS);
    check("open levels", text, LEVELS, false);
    free(text);
}

static bool is_refused_choice(const char *name)
{
    for (size_t i = 0; i < COUNT(REFUSED_CHOICES); i++) {
        if (strcmp(REFUSED_CHOICES[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_file(const char *folder, const char *name)
{
    bool wanted =
        name[0] == 'y' || (name[0] == 'i' && !is_refused_choice(name));
    char path[1024];
    size_t len;
    char *text;

    assert_true(snprintf(path, sizeof(path), "%s/%s", folder, name) <
                (int)sizeof(path));
    text = fixture_read_file(path, &len);
    check(name, text, len, wanted);
    free(text);
}

static void each_file_of_the_public_suite_gets_its_verdict(void **state)
{
    const char *folder = getenv("CHUTES_JSON_SUITE");
    struct dirent *entry;
    size_t count = 0;
    DIR *directory;

    (void)state;
    if (folder == NULL || folder[0] == '\0') {
        print_message("CHUTES_JSON_SUITE is not set: skipped\n");
        skip();
    }
    directory = opendir(folder);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        if (strchr("yni", entry->d_name[0]) != NULL &&
            entry->d_name[1] == '_') {
            check_file(folder, entry->d_name);
            count++;
        }
    }
    assert_int_equal(closedir(directory), 0);
    print_message("%zu files\n", count);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_grammar_allows_is_accepted),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(every_beginning_of_a_value_is_refused),
        cmocka_unit_test(depth_is_limited_to_the_level),
        cmocka_unit_test(a_hundred_thousand_open_levels_are_refused),
        cmocka_unit_test(each_file_of_the_public_suite_gets_its_verdict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
