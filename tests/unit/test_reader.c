/* SPDX-License-Identifier: MIT */
/* What the reader accepts. */
#include "test.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

/* Reads every value and enters every container; returns the result of
 * finish. */
static bool walk(struct chutes__json_reader *reader)
{
    bool in_object[CHUTES__JSON_MAX_DEPTH];
    struct chutes__json_value value;
    size_t depth = 0;

    do {
        enum chutes__json_type type = chutes__json_peek(reader);

        if (type == CHUTES__JSON_OBJECT && chutes__json_enter_object(reader)) {
            in_object[depth++] = true;
        } else if (type == CHUTES__JSON_ARRAY &&
                   chutes__json_enter_array(reader)) {
            in_object[depth++] = false;
        } else {
            chutes__json_read(reader, &value);
        }
        while (depth > 0 &&
               !(in_object[depth - 1] ? chutes__json_next_member(reader, &value)
                                      : chutes__json_next_element(reader))) {
            depth--;
        }
    } while (depth > 0);
    return chutes__json_finish(reader);
}

/* Every way to read a text must find the same fault at the same place. Returns
 * the offset of the fault, or -1. The text is a copy of exactly its size, so
 * that sanitizers see a read beyond it. */
static long judge(const char *text, size_t len)
{
    char *exact = malloc(len);
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    size_t fault_at;
    bool is_valid;

    assert_true(exact != NULL || len == 0);
    if (len > 0) {
        memcpy(exact, text, len);
    }
    chutes__json_init(&reader, exact, len, DEPTH);
    chutes__json_skip(&reader);
    is_valid = chutes__json_finish(&reader);
    fault_at = reader.fault_at;
    assert_int_equal(reader.fault == NULL, is_valid);

    chutes__json_init(&reader, exact, len, DEPTH);
    chutes__json_read(&reader, &value);
    assert_int_equal(chutes__json_finish(&reader), is_valid);
    assert_int_equal(reader.fault_at, fault_at);

    chutes__json_init(&reader, exact, len, DEPTH);
    assert_int_equal(walk(&reader), is_valid);
    assert_int_equal(reader.fault_at, fault_at);

    assert_int_equal(chutes__json_is_valid(exact, len, DEPTH), is_valid);
    free(exact);
    return is_valid ? -1 : (long)fault_at;
}

static const struct verdict {
    const char *text;
    long fault_at; /* -1: valid */
} VERDICTS[] = {
    /* values */
    {"null", -1},
    {"true", -1},
    {"false", -1},
    {"0", -1},
    {"\"\"", -1},
    {"[]", -1},
    {"{}", -1},
    {"", 0},
    {" ", 1},
    {"nul ", 0},
    {"nulL", 0},
    {"tru ", 0},
    {"True", 0},
    {"fals ", 0},
    {"truefalse", 4},
    {"nullnull", 4},
    {"x", 0},
    {"'a'", 0},
    {"NaN", 0},
    {"Infinity", 0},
    {"-Infinity", 1},
    {"undefined", 0},
    /* white space: only these four bytes */
    {" \t\r\n1\n\r\t ", -1},
    {"\f1", 0},
    {"\v1", 0},
    {"\xC2\xA0 1", 0},
    {"\xEF\xBB\xBF{}", 0},
    {"1 /* */", 2},
    {"// x\n1", 0},
    {"{ \"a\" : [ 1 , 2 ] , \"b\" : { } }", -1},
    {"\n{\r\"a\"\t:\n1\r,\t\"b\"\n:\r[\t]\n}\r", -1},
    {"[\v1]", 1},
    {"{\"a\"\f:1}", 4},
    /* one value */
    {"1 2", 2},
    {"{}{}", 2},
    {"[] x", 3},
    {"\"a\" \"b\"", 4},
    {"1,", 1},
    {"]", 0},
    {"}", 0},
    {",", 0},
    {":", 0},
    /* arrays */
    {"[1,2,3]", -1},
    {"[[],[[]],{}]", -1},
    {"[", 1},
    {"[1", 2},
    {"[1,", 3},
    {"[,1]", 1},
    {"[1,]", 3},
    {"[1,,2]", 3},
    {"[1 2]", 3},
    {"[1}", 2},
    {"[1:2]", 2},
    {"[\"a\":1]", 4},
    {"[1]]", 3},
    {"[x]", 1},
    /* objects */
    {"{\"a\":1,\"b\":2}", -1},
    {"{\"a\":1,\"a\":2}", -1},
    {"{\"\":{\"\":[]}}", -1},
    {"{", 1},
    {"{\"a\"", 4},
    {"{\"a\":", 5},
    {"{\"a\":1", 6},
    {"{\"a\":1,", 7},
    {"{\"a\":1,}", 7},
    {"{,\"a\":1}", 1},
    {"{\"a\":1,,\"b\":2}", 7},
    {"{\"a\":1 \"b\":2}", 7},
    {"{\"a\":1\"b\":2}", 6},
    {"{\"a\" 1}", 5},
    {"{\"a\",1}", 4},
    {"{\"a\"}", 4},
    {"{\"a\":}", 5},
    {"{\"a\":1]", 6},
    {"{\"a\"::1}", 5},
    {"{a:1}", 1},
    {"{'a':1}", 1},
    {"{1:1}", 1},
    {"{null:1}", 1},
    {"{[]:1}", 1},
    {"{\"a\":1:2}", 6},
    {"{\"\\u00\":1}", 6},
    {"{\"a\n\":1}", 3},
    /* numbers */
    {"-0", -1},
    {"10", -1},
    {"-12.50e+10", -1},
    {"0.0", -1},
    {"0e0", -1},
    {"1E5", -1},
    {"1e-05", -1},
    {"1E+5", -1},
    {"123456789012345678901234567890", -1},
    {"1e999999999999999999999", -1},
    {"-", 1},
    {"+1", 0},
    {".5", 0},
    {"1.", 2},
    {"1.e5", 2},
    {"1e", 2},
    {"1e+", 3},
    {"1e+x", 3},
    {"01", 0},
    {"00", 0},
    {"-01", 1},
    {"-a", 1},
    {"0x10", 1},
    {"1_000", 1},
    {"1.2.3", 3},
    {"1e5.5", 3},
    {"1e5e5", 3},
    {"--1", 1},
    {"1-2", 1},
    {"[0 1]", 3},
    {"[-]", 2},
    {"[1.]", 3},
    /* strings */
    {"\"\\\\\\\"\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE00\"", -1},
    {"\"\x7F\xC3\xA9\xFF\xFE\"", -1},
    {"\"\\uD800\\u0000\"", -1},
    {"\"", 1},
    {"\"a", 2},
    {"\"\\\"", 3},
    {"\"\\", 2},
    {"\"\\u", 3},
    {"\"\\u12\"", 5},
    {"\"\\u123g\"", 6},
    {"\"\\u 123\"", 3},
    {"\"\\U0041\"", 2},
    {"\"\\x41\"", 2},
    {"\"\\'\"", 2},
    {"\"\\a\"", 2},
    {"\"a\tb\"", 2},
    {"\"a\nb\"", 2},
    {"\"\x1F\"", 1},
    {"\"\xC3\x01\"", 2},
};
enum { VERDICT_COUNT = COUNT(VERDICTS) };

static void the_grammar_is_that_of_rfc_8259(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict *v = &VERDICTS[i];
        long fault_at = judge(v->text, strlen(v->text));

        if (fault_at != v->fault_at) {
            fail_msg("%s: fault at %ld, want %ld", v->text, fault_at,
                     v->fault_at);
        }
    }
}

/* The reader looks at 64 bytes at a time: each text is moved across that
 * boundary, after blanks and inside a string. */
static void a_verdict_does_not_depend_on_the_place(void **state)
{
    char text[256];
    size_t pad;
    size_t i;

    (void)state;
    for (i = 0; i < VERDICT_COUNT; i++) {
        const struct verdict *v = &VERDICTS[i];
        size_t len = strlen(v->text);
        long want = v->fault_at;

        for (pad = 4; pad < 70; pad++) {
            memset(text, ' ', pad);
            memcpy(text + pad, v->text, len);
            assert_int_equal(judge(text, pad + len),
                             want < 0 ? -1 : want + (long)pad);
            memset(text + 2, 'x', pad - 2);
            memcpy(text, "[\"", 2);
            memcpy(text + pad - 2, "\",", 2);
            text[pad + len] = ']';
            if (want < 0) {
                assert_int_equal(judge(text, pad + len + 1), -1);
            }
        }
    }
}

static void nul_is_a_byte_like_any_other(void **state)
{
    (void)state;
    assert_int_equal(judge("\0", 1), 0);
    assert_int_equal(judge("1\0", 2), 1);
    assert_int_equal(judge("\"\0\"", 3), 1);
    assert_int_equal(judge("[1\0]", 4), 2);
    assert_int_equal(judge("{\"a\0\":1}", 8), 3);
    assert_int_equal(judge("\"\\\0\"", 4), 2);
    assert_int_equal(judge("\"\\u\0\"", 5), 3);
}

static const char CHUNK[] =
    "{\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
    "\"caf\xC3\xA9 \\u20ac\\n\"},\"logprobs\":null}],\"usage\":{\"total\":"
    "-1.5e3,\"exact\":true,\"none\":[]}, \"last\" : false }";
enum { CHUNK_LEN = sizeof(CHUNK) - 1 };

static void the_fault_of_a_prefix_is_at_its_end(void **state)
{
    size_t cut;

    (void)state;
    assert_int_equal(judge(CHUNK, CHUNK_LEN), -1);
    for (cut = 0; cut < CHUNK_LEN; cut++) {
        assert_int_equal(judge(CHUNK, cut), cut);
    }
}

static void a_control_byte_is_a_fault_wherever_it_stands(void **state)
{
    char text[sizeof(CHUNK)];
    long at;

    (void)state;
    for (at = 0; at < CHUNK_LEN; at++) {
        long fault_at;

        memcpy(text, CHUNK, sizeof(CHUNK));
        text[at] = '\x02';
        fault_at = judge(text, CHUNK_LEN);
        /* The fault inside a word is at the word's start. */
        assert_in_range(fault_at, at < 4 ? 0 : at - 4, at);
    }
}

/* Returns true if the text is faulty for a lenient reader, and counts as one
 * that ends too early. */
static bool is_cut(const char *text, size_t len)
{
    struct chutes__json_reader reader;

    chutes__json_init_lenient(&reader, text, len, CHUTES__JSON_MAX_DEPTH);
    chutes__json_skip(&reader);
    return !chutes__json_finish(&reader) && reader.fault_at == len;
}

static void every_prefix_of_an_answer_is_cut(void **state)
{
    static const char answer[] =
        "{\"a\":[NaN, Infinity,-Infinity, true,false,null],\"\xC3\xA9\\u20ac\":"
        "[-1.5e-3,\"x\\n\"],\"n\":null,\"y\":-Infinity,\"t\":true, \"i\":NaN}";

    (void)state;
    for (size_t len = 0; len < sizeof(answer) - 1; len++) {
        if (!is_cut(answer, len)) {
            fail_msg("%.*s", (int)len, answer);
        }
    }
    assert_false(is_cut(answer, sizeof(answer) - 1));
}

static void a_malformed_answer_is_not_cut(void **state)
{
    static const char *const answers[] = {
        "[trx",  "[nulL", "[nan",       "[Na ",  "[inf", "[-Inx",
        "[+Inf", "[1,]",  "[undefined", "{tru",  "[1}",  "[truetr",
        "[01",   "[tr\n", "nullx",      "<html", "x",    "[-Infinityx",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (is_cut(answers[i], strlen(answers[i]))) {
            fail_msg("%s", answers[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grammar_is_that_of_rfc_8259),
        cmocka_unit_test(a_verdict_does_not_depend_on_the_place),
        cmocka_unit_test(nul_is_a_byte_like_any_other),
        cmocka_unit_test(the_fault_of_a_prefix_is_at_its_end),
        cmocka_unit_test(a_control_byte_is_a_fault_wherever_it_stands),
        cmocka_unit_test(every_prefix_of_an_answer_is_cut),
        cmocka_unit_test(a_malformed_answer_is_not_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
