/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include "alloc_fail.h"
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FFFD CHUTES__UTF8_REPLACEMENT

/*
 * An independent model, straight from table 3-7 of Unicode 15 as rows of byte
 * ranges: the length of the sequence, or the negated length of the longest
 * prefix of a row, which is the maximal subpart.
 */
static int model_sequence(const unsigned char *bytes, size_t len)
{
    static const unsigned char rows[][4][2] = {
        {{0x00, 0x7F}},
        {{0xC2, 0xDF}, {0x80, 0xBF}},
        {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}},
        {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}},
        {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}},
        {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}},
        {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
        {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
        {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}},
    };
    int longest = 1;
    size_t row;

    for (row = 0; row < COUNT(rows); row++) {
        int width = row == 0 ? 1 : row == 1 ? 2 : row < 6 ? 3 : 4;
        int i = 0;

        while (i < width && (size_t)i < len && bytes[i] >= rows[row][i][0] &&
               bytes[i] <= rows[row][i][1]) {
            i++;
        }
        if (i == width) {
            return width;
        }
        longest = i > longest ? i : longest;
    }
    return -longest;
}

/* Checks a copy of exactly that size, so that sanitizers see a read beyond
 * it. */
static void check_sequence(const unsigned char *bytes, size_t len)
{
    int want = model_sequence(bytes, len);
    char *exact = malloc(len);

    assert_non_null(exact);
    memcpy(exact, bytes, len);
    if (chutes__utf8_sequence(exact, len) != want) {
        fail_msg("%02x %02x %02x %02x of %zu: %d, want %d", bytes[0], bytes[1],
                 bytes[2], bytes[3], len, chutes__utf8_sequence(exact, len),
                 want);
    }
    assert_int_equal(chutes__utf8_valid_prefix(exact, len) > 0, want > 0);
    free(exact);
}

static void every_first_pair_of_bytes_is_judged_by_the_standard(void **state)
{
    static const unsigned char next[] = {0x00, 0x22, 0x7F, 0x80, 0x8F, 0x90,
                                         0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF};
    unsigned char bytes[4];
    size_t third;
    size_t fourth;
    int first;

    (void)state;
    for (first = 0; first < 0x10000; first++) {
        bytes[0] = (unsigned char)(first >> 8);
        bytes[1] = (unsigned char)first;
        for (third = 0; third < sizeof(next); third++) {
            bytes[2] = next[third];
            fourth = (size_t)first % sizeof(next);
            bytes[3] = next[fourth];
            check_sequence(bytes, 1 + (size_t)first % 4);
            check_sequence(bytes, 4);
        }
    }
}

static void every_scalar_value_survives_a_round_trip(void **state)
{
    uint32_t code_point;
    char bytes[4];

    (void)state;
    for (code_point = 0; code_point <= 0x10FFFF; code_point++) {
        size_t len = chutes__utf8_encode(code_point, bytes);
        bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;

        assert_int_equal(chutes__utf8_sequence(bytes, len),
                         is_surrogate ? -1 : (int)len);
    }
    assert_int_equal(chutes__utf8_encode(0x20AC, bytes), 3);
    assert_memory_equal(bytes, "\xE2\x82\xAC", 3);
    assert_int_equal(chutes__utf8_encode(0x1F600, bytes), 4);
    assert_memory_equal(bytes, "\xF0\x9F\x98\x80", 4);
}

static void the_valid_prefix_ends_at_the_first_fault(void **state)
{
    static const char mixed[] = "abc\xC3\xA9 \xE2\x82\xAC\xF0\x9F\x98\x80 and "
                                "some more plain text behind it";
    size_t len = sizeof(mixed) - 1;
    size_t at;

    (void)state;
    assert_int_equal(chutes__utf8_valid_prefix(mixed, len), len);
    assert_int_equal(chutes__utf8_valid_prefix("", 0), 0);
    assert_int_equal(chutes__utf8_valid_prefix("a\0b", 3), 3);
    for (at = 0; at < len; at++) {
        char *text = malloc(len);
        size_t valid;

        assert_non_null(text);
        memcpy(text, mixed, len);
        text[at] = (char)0xFF;
        valid = chutes__utf8_valid_prefix(text, len);
        /* The prefix ends at the damaged character. */
        assert_true(valid <= at && at - valid <= 3);
        assert_int_equal(model_sequence((const unsigned char *)text + valid,
                                        len - valid) < 0,
                         true);
        assert_int_equal(chutes__utf8_valid_prefix(text, at), valid);
        free(text);
    }
}

static void a_fault_is_found_at_every_place_of_a_long_text(void **state)
{
    enum { LEN = 70 };
    size_t len;
    size_t at;

    (void)state;
    for (len = 0; len < LEN; len++) {
        char *text = malloc(len + 1);

        assert_non_null(text);
        memset(text, 'x', len);
        assert_int_equal(chutes__utf8_valid_prefix(text, len), len);
        for (at = 0; at < len; at++) {
            text[at] = (char)0x80;
            assert_int_equal(chutes__utf8_valid_prefix(text, len), at);
            text[at] = 'x';
        }
        free(text);
    }
}

static const struct clean_case {
    const char *bytes;
    size_t len;
    const char *want;
} CLEAN_CASES[] = {
    {"", 0, ""},
    {"plain", 5, "plain"},
    {"\xC3\xA9t\xC3\xA9", 5, "\xC3\xA9t\xC3\xA9"},
    {"a\0b", 3, "a" FFFD "b"},
    {"\0\0", 2, FFFD FFFD},
    {"\xFF", 1, FFFD},
    {"a\xFF\xFE z", 5, "a" FFFD FFFD " z"},
    /* The examples of the standard, tables 3-8 to 3-11. */
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9,
     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9,
     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9,
     FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B"},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9, FFFD FFFD FFFD FFFD "A"},
    /* Truncated at the end. */
    {"a\xC3", 2, "a" FFFD},
    {"a\xE2\x82", 3, "a" FFFD},
    {"a\xF0\x9F\x98", 4, "a" FFFD},
};

static void invalid_parts_are_replaced_one_by_one(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(CLEAN_CASES); i++) {
        const struct clean_case *c = &CLEAN_CASES[i];
        struct chutes__buf buf;

        chutes__buf_init(&buf, 100);
        assert_int_equal(chutes__buf_append_str(&buf, "<"), CHUTES_OK);
        assert_int_equal(chutes__utf8_append_clean(&buf, c->bytes, c->len),
                         CHUTES_OK);
        assert_string_equal(buf.data + 1, c->want);
        chutes__buf_dispose(&buf);
    }
}

static void cleaning_fails_without_a_trace(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 9);
    assert_int_equal(chutes__buf_append_str(&buf, "kept"), CHUTES_OK);
    assert_int_equal(chutes__utf8_append_clean(&buf, "ab\xFFz", 4),
                     CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes__utf8_append_clean(&buf, "abc\xFF", 4),
                     CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "kept");
    chutes__buf_dispose(&buf);
    alloc_fail_from(1);
    assert_int_equal(chutes__utf8_append_clean(&buf, "a", 1),
                     CHUTES_ERR_NO_MEMORY);
    assert_string_equal(buf.data, "");
    alloc_fail_off();
    chutes__buf_dispose(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_first_pair_of_bytes_is_judged_by_the_standard),
        cmocka_unit_test(every_scalar_value_survives_a_round_trip),
        cmocka_unit_test(the_valid_prefix_ends_at_the_first_fault),
        cmocka_unit_test(a_fault_is_found_at_every_place_of_a_long_text),
        cmocka_unit_test(invalid_parts_are_replaced_one_by_one),
        cmocka_unit_test(cleaning_fails_without_a_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
