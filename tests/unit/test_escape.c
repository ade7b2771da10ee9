/* SPDX-License-Identifier: MIT */
#include "json/escape.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEN = 70 };

/* Escapes one byte at a time, and returns the length. */
static size_t escape_simply(char *out, const char *text, size_t len)
{
    static const char plain[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    char *at = out;

    for (size_t i = 0; i < len; i++) {
        const char *found = memchr(plain, text[i], sizeof(plain) - 1);

        if (found != NULL) {
            *at++ = '\\';
            *at++ = letters[found - plain];
        } else if ((unsigned char)text[i] < 0x20) {
            at += snprintf(at, 7, "\\u%04x", (unsigned)text[i]);
        } else {
            *at++ = text[i];
        }
    }
    return (size_t)(at - out);
}

/* Checks the text and its exact size; a byte less is not enough. Memory of
 * exactly the right size lets a sanitizer see what lies outside. */
static void check_escaped(const char *text, size_t len)
{
    size_t most = 6 * len + 1;
    char *want = malloc(most);
    char *copy = malloc(len + 2);
    char *out;
    size_t want_len;
    uint64_t size = 5;

    assert_non_null(want);
    assert_non_null(copy);
    want_len = escape_simply(want, text, len);
    out = malloc(want_len + 1);
    assert_non_null(out);
    memcpy(copy + 1, text, len);
    copy[len + 1] = '\0';
    assert_true(chutes__json_measure_text(copy + 1, &size));
    assert_int_equal(size, 5 + want_len);
    assert_ptr_equal(
        chutes__json_escape_text(out + 1, out + 1 + want_len, copy + 1),
        out + 1 + want_len);
    assert_memory_equal(out + 1, want, want_len);
    if (want_len > 0) {
        assert_null(
            chutes__json_escape_text(out + 2, out + 1 + want_len, copy + 1));
    }
    free(out);
    free(copy);
    free(want);
}

static void each_byte_is_escaped_at_each_place(void **state)
{
    char text[MAX_LEN];

    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        for (size_t len = 0; len <= MAX_LEN; len += len < 35 ? 1 : 7) {
            memset(text, 'x', len);
            for (size_t i = 0; i < len; i++) {
                text[i] = (char)byte;
                check_escaped(text, len);
                text[i] = 'x';
            }
            memset(text, byte, len);
            check_escaped(text, len);
        }
    }
}

static void characters_are_left_as_they_are(void **state)
{
    static const char *const characters[] = {
        "\xC2\x80",     "\xDF\xBF",         "\xE0\xA0\x80",     "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xE4\xB8\xAD"};
    char text[MAX_LEN];

    (void)state;
    for (size_t c = 0; c < COUNT(characters); c++) {
        size_t len = strlen(characters[c]);

        for (size_t i = 0; i + len <= 40; i++) {
            memset(text, i % 3 == 0 ? '\n' : 'x', sizeof(text));
            memcpy(text + i, characters[c], len);
            check_escaped(text, i + len);
            check_escaped(text, 40);
        }
    }
}

static void what_is_not_utf8_is_found_at_each_place(void **state)
{
    static const char *const faults[] = {"\x80",         "\xC1\xBF",
                                         "\xFF",         "\xE2\x82",
                                         "\xED\xA0\x80", "\xF4\x90\x80\x80"};
    char text[MAX_LEN];

    (void)state;
    for (size_t f = 0; f < COUNT(faults); f++) {
        size_t len = strlen(faults[f]);

        for (size_t i = 0; i + len <= 40; i++) {
            uint64_t size = 0;

            memset(text, i % 3 == 0 ? '\n' : 'x', sizeof(text));
            memcpy(text + i, faults[f], len);
            text[40] = '\0';
            assert_false(chutes__json_measure_text(text, &size));
            text[i + len] = '\0';
            assert_false(chutes__json_measure_text(text, &size));
        }
    }
}

/* Long texts are handled in pieces of 16 KiB. */
static void long_texts_have_no_seams(void **state)
{
    static const char *const ends[] = {
        "x", "\n", "\x01", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    enum { PIECE = 16384, LEN = 2 * PIECE + 100 };
    char *text = malloc(LEN + 1);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t len = strlen(ends[i]);

        for (size_t start = PIECE - 6; start < PIECE + 3; start++) {
            uint64_t size = 0;

            memset(text, 'x', LEN);
            text[LEN] = '\0';
            memcpy(text + start, ends[i], len);
            memcpy(text + PIECE + start - 1, ends[i], len);
            check_escaped(text, LEN);
            /* A character without its last byte. */
            if (len > 1) {
                text[start + len - 1] = 'x';
                assert_false(chutes__json_measure_text(text, &size));
            }
        }
    }
    /* Bytes that belong to no character. */
    memset(text + PIECE - 8, '\x80', 16);
    assert_false(chutes__json_measure_text(text, &(uint64_t){0}));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_is_escaped_at_each_place),
        cmocka_unit_test(characters_are_left_as_they_are),
        cmocka_unit_test(what_is_not_utf8_is_found_at_each_place),
        cmocka_unit_test(long_texts_have_no_seams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
