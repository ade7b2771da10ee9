/* SPDX-License-Identifier: MIT */
/* Decoding of strings. */
#include "json/reader.h"

#include "base/mem.h"
#include "base/utf8.h"

#include "alloc_fail.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FFFD CHUTES__UTF8_REPLACEMENT

static const struct text_case {
    const char *json; /* without the quotes */
    const char *want;
} CASES[] = {
    {"", ""},
    {"plain", "plain"},
    {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
     "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"a\\nb\\nc", "a\nb\nc"},
    {"\\u0041\\u00e9\\u20AC\\uFFFF", "A\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF"},
    {"\\u0001\\u001F\\u007f", "\x01\x1F\x7F"},
    {"\\u00e9\\u00E9", "\xC3\xA9\xC3\xA9"},
    /* surrogate pairs */
    {"\\uD83D\\uDE00", "\xF0\x9F\x98\x80"},
    {"\\ud800\\udc00", "\xF0\x90\x80\x80"},
    {"\\udbff\\udfff", "\xF4\x8F\xBF\xBF"},
    {"x\\ud834\\udd1ey", "x\xF0\x9D\x84\x9Ey"},
    /* unpaired surrogates */
    {"\\uD83D", FFFD},
    {"\\uDE00", FFFD},
    {"\\uD83Dx", FFFD "x"},
    {"\\uD83D\\n", FFFD "\n"},
    {"\\uD83D\\u0041", FFFD "A"},
    {"\\uD83D\\\\uDE00", FFFD "\\uDE00"},
    {"\\uDE00\\uD83D", FFFD FFFD},
    {"\\uDC00\\uDC00", FFFD FFFD},
    {"\\uD83D\\uD83D\\uDE00", FFFD "\xF0\x9F\x98\x80"},
    {"\\uD83D\\uDE00\\uDE00", "\xF0\x9F\x98\x80" FFFD},
    {"\\uD7FF\\uE000", "\xED\x9F\xBF\xEE\x80\x80"},
    {"\\uDBFF\\uDBFF\\uDFFF\\uDFFF", FFFD "\xF4\x8F\xBF\xBF" FFFD},
    /* NUL */
    {"\\u0000", FFFD},
    {"a\\u0000b\\u0000", "a" FFFD "b" FFFD},
    /* invalid UTF-8, by maximal subparts */
    {"\xFF", FFFD},
    {"a\x80z", "a" FFFD "z"},
    {"\xC3", FFFD},
    {"\xC3\\n", FFFD "\n"},
    {"\xE2\x82\\u0041", FFFD "A"},
    {"\xE2\x82\xAC\xE2\x82", "\xE2\x82\xAC" FFFD},
    {"\xF0\x9F\x98 \xF0\x9F \xF0", FFFD " " FFFD " " FFFD},
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41",
     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41",
     FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A"},
    {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42",
     FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B"},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", FFFD FFFD FFFD FFFD "A"},
    {"\xFC\x83\xBF\xBF\xBF\xBF", FFFD FFFD FFFD FFFD FFFD FFFD},
    /* escapes and raw bytes never combine to a character */
    {"\xED\\uDC00", FFFD FFFD},
    {"\\uD83D\xED\xB8\x80", FFFD FFFD FFFD FFFD},
};
enum { CASE_COUNT = COUNT(CASES) };

/* Reads `json` as a string, putting it in quotes. */
static struct chutes__json_value read_string(const char *json, char **text)
{
    size_t len = strlen(json) + 2;
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    /* A copy of exactly its size, so that sanitizers see a read beyond it. */
    *text = malloc(len);
    assert_non_null(*text);
    (*text)[0] = '"';
    memcpy(*text + 1, json, len - 2);
    (*text)[len - 1] = '"';
    chutes__json_init(&reader, *text, len, 1);
    chutes__json_read(&reader, &value);
    assert_true(chutes__json_finish(&reader));
    assert_int_equal(value.type, CHUTES__JSON_STRING);
    return value;
}

static void strings_are_decoded_into_buffers(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        struct chutes__buf buf;
        char *text;
        struct chutes__json_value value = read_string(CASES[i].json, &text);

        chutes__buf_init(&buf, 1000);
        assert_int_equal(chutes__buf_append_str(&buf, ">"), CHUTES_OK);
        assert_int_equal(chutes__json_append_string(&value, &buf), CHUTES_OK);
        assert_string_equal(buf.data + 1, CASES[i].want);
        assert_int_equal(buf.len - 1, strlen(CASES[i].want));
        assert_int_equal(value.plain,
                         strcmp(CASES[i].json, CASES[i].want) == 0);
        chutes__buf_dispose(&buf);
        free(text);
    }
}

/* A buffer may have room for the decoded text, but not for its source. */
static void the_limit_is_for_the_decoded_text(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        size_t len = strlen(CASES[i].want);
        struct chutes__buf buf;
        char *text;
        struct chutes__json_value value = read_string(CASES[i].json, &text);

        chutes__buf_init(&buf, len);
        assert_int_equal(chutes__json_append_string(&value, &buf), CHUTES_OK);
        assert_string_equal(buf.data, CASES[i].want);
        chutes__buf_dispose(&buf);
        if (len > 0) {
            chutes__buf_init(&buf, len - 1);
            assert_int_equal(chutes__json_append_string(&value, &buf),
                             CHUTES_ERR_TOO_LARGE);
            assert_int_equal(buf.len, 0);
            chutes__buf_dispose(&buf);
        }
        free(text);
    }
}

static void strings_are_decoded_into_arenas(void **state)
{
    struct chutes__arena arena;
    size_t i;

    (void)state;
    chutes__arena_init(&arena);
    for (i = 0; i < CASE_COUNT; i++) {
        char *text;
        struct chutes__json_value value = read_string(CASES[i].json, &text);
        size_t len = 12345;
        char *copy = chutes__json_dup_string(&value, &arena, &len);

        assert_string_equal(copy, CASES[i].want);
        assert_int_equal(len, strlen(CASES[i].want));
        assert_string_equal(chutes__json_dup_string(&value, &arena, NULL),
                            CASES[i].want);
        free(text);
    }
    chutes__arena_dispose(&arena);
}

static void strings_are_compared_decoded(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < CASE_COUNT; i++) {
        char *text;
        struct chutes__json_value value = read_string(CASES[i].json, &text);
        char other[64];

        assert_true(chutes__json_decodes_to(&value, CASES[i].want));
        assert_true(chutes__json_key_is(&value, CASES[i].want));
        assert_true(snprintf(other, sizeof(other), "%s!", CASES[i].want) <
                    (int)sizeof(other));
        assert_false(chutes__json_decodes_to(&value, other));
        assert_false(chutes__json_key_is(&value, other));
        other[0] ^= 2;
        other[strlen(other) - 1] = '\0';
        assert_int_equal(chutes__json_decodes_to(&value, other),
                         CASES[i].want[0] == '\0');
        free(text);
    }
}

/* Decodes every \uXXXX alone and compares with a separate encoder. */
static void every_unit_is_decoded(void **state)
{
    unsigned unit;

    (void)state;
    for (unit = 0; unit <= 0xFFFF; unit++) {
        char json[8];
        char want[4] = "";
        char *text;
        struct chutes__json_value value;

        (void)snprintf(json, sizeof(json), "\\u%04x", unit);
        value = read_string(json, &text);
        if (unit == 0 || (unit >= 0xD800 && unit <= 0xDFFF)) {
            memcpy(want, FFFD, 4);
        } else if (unit < 0x80) {
            want[0] = (char)unit;
        } else if (unit < 0x800) {
            want[0] = (char)(unit / 64 + 192);
            want[1] = (char)(unit % 64 + 128);
        } else {
            want[0] = (char)(unit / 4096 + 224);
            want[1] = (char)(unit / 64 % 64 + 128);
            want[2] = (char)(unit % 64 + 128);
        }
        assert_true(chutes__json_decodes_to(&value, want));
        free(text);
    }
}

/* Raw bytes become what base/utf8.h makes of them. */
static void random_bytes_are_cleaned_as_elsewhere(void **state)
{
    uint32_t random = 99;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        static const unsigned char bytes[] = {
            'a',  'b',  ' ',  0xC3, 0xA9, 0xE2, 0x82, 0xAC,
            0xF0, 0x9F, 0x98, 0x80, 0xED, 0xA0, 0xFF, 0xF4};
        struct chutes__buf ours;
        struct chutes__buf want;
        struct chutes__json_value value;
        char json[40];
        char *text;
        size_t i;

        for (i = 0; i < random % (sizeof(json) - 1); i++) {
            random = random * 1664525 + 1013904223;
            json[i] = (char)bytes[random >> 28];
        }
        json[i] = '\0';
        value = read_string(json, &text);
        chutes__buf_init(&ours, 1000);
        chutes__buf_init(&want, 1000);
        assert_int_equal(chutes__json_append_string(&value, &ours), CHUTES_OK);
        assert_int_equal(chutes__utf8_append_clean(&want, json, i), CHUTES_OK);
        assert_string_equal(ours.data, want.data);
        assert_int_equal(value.plain, strcmp(json, want.data) == 0);
        chutes__buf_dispose(&ours);
        chutes__buf_dispose(&want);
        free(text);
    }
}

static void decoding_takes_time_in_proportion(void **state)
{
    enum { LEN = 2000000 };
    char *json = malloc(LEN + 1);
    struct chutes__buf buf;
    struct chutes__json_value value;
    char *text;
    size_t i;

    (void)state;
    assert_non_null(json);
    /* This would take minutes if it searched for the next backslash from each
     * of these bytes. */
    for (i = 0; i < LEN; i++) {
        json[i] = i < LEN / 2 ? (char)0xFF : i % 2 == 0 ? '\\' : 'n';
    }
    json[LEN] = '\0';
    value = read_string(json, &text);
    chutes__buf_init(&buf, 10 * (size_t)LEN);
    assert_int_equal(chutes__json_append_string(&value, &buf), CHUTES_OK);
    assert_int_equal(buf.len, LEN / 2 * 3 + LEN / 4);
    chutes__buf_dispose(&buf);
    free(text);
    free(json);
}

static void a_failure_leaves_the_buffer(void **state)
{
    char *text;
    struct chutes__json_value value = read_string("abc\\ndef\\nghi", &text);
    struct chutes__arena arena;
    struct chutes__buf buf;
    size_t limit;

    (void)state;
    for (limit = 4; limit < 15; limit++) {
        chutes__buf_init(&buf, limit);
        assert_int_equal(chutes__buf_append_str(&buf, "kept"), CHUTES_OK);
        assert_int_equal(chutes__json_append_string(&value, &buf),
                         CHUTES_ERR_TOO_LARGE);
        assert_string_equal(buf.data, "kept");
        assert_int_equal(buf.len, 4);
        chutes__buf_dispose(&buf);
    }
    chutes__buf_init(&buf, 100);
    chutes__arena_init(&arena);
    alloc_fail_from(1);
    assert_int_equal(chutes__json_append_string(&value, &buf),
                     CHUTES_ERR_NO_MEMORY);
    assert_string_equal(buf.data, "");
    assert_null(chutes__json_dup_string(&value, &arena, NULL));
    value.plain = true;
    assert_null(chutes__json_dup_string(&value, &arena, NULL));
    alloc_fail_off();
    chutes__arena_dispose(&arena);
    free(text);
}

/* ---- texts that are decoded while they are read -------------------------- */

enum { MAX_PAD = 130, MAX_TEXT = 1000 };

struct reading {
    char *json; /* of exactly its size, as is the room */
    char *room_bytes;
    struct chutes__json_room room;
    struct chutes__json_reader reader;
    struct chutes__json_value value;
};

/* Reads a text that follows `pad` characters and has `behind` behind it. */
static struct reading read_text(size_t pad, const char *text,
                                const char *behind)
{
    char json[MAX_PAD + MAX_TEXT];
    struct reading reading;
    int len =
        snprintf(json, sizeof(json), "\"%0*d%s%s", (int)pad, 0, text, behind);

    assert_in_range(len, 1, sizeof(json) - 1);
    reading.json = malloc((size_t)len);
    reading.room_bytes = malloc((size_t)len);
    assert_non_null(reading.json);
    assert_non_null(reading.room_bytes);
    memcpy(reading.json, json, (size_t)len);
    reading.room = (struct chutes__json_room){reading.room_bytes, (size_t)len};
    chutes__json_init(&reading.reader, reading.json, (size_t)len, 1);
    reading.reader.room = &reading.room;
    chutes__json_read_text(&reading.reader, &reading.value);
    return reading;
}

static void free_reading(struct reading *reading)
{
    free(reading->json);
    free(reading->room_bytes);
}

static void a_text_is_decoded_while_it_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT * MAX_PAD; i++) {
        const struct text_case *text = &CASES[i / MAX_PAD];
        size_t pad = i % MAX_PAD + 1;
        struct reading reading = read_text(pad, text->json, "\"");
        bool is_replaced = strstr(text->want, FFFD) != NULL;
        struct chutes__buf buf;

        assert_true(chutes__json_finish(&reading.reader));
        chutes__buf_init(&buf, SIZE_MAX);
        assert_int_equal(chutes__json_append_string(&reading.value, &buf),
                         CHUTES_OK);
        assert_string_equal(buf.data + pad, text->want);
        chutes__buf_dispose(&buf);
        /* What isn't a character is left to chutes__json_append_string(). */
        assert_int_equal(reading.value.text.data == reading.room_bytes,
                         !is_replaced);
        if (!is_replaced) {
            assert_true(reading.value.plain);
            assert_string_equal(reading.room_bytes + pad, text->want);
            assert_ptr_equal(reading.room.at,
                             reading.room_bytes + reading.value.text.len + 1);
        }
        free_reading(&reading);
    }
}

static void a_malformed_text_is_a_fault_in_spite_of_room(void **state)
{
    static const char *const TEXTS[] = {"",         "\\",      "\\x",    "\\u",
                                        "\\u12",    "\\u12g4", "a\nb",   "\x01",
                                        "\\u12\"4", "\xC3",    "\\uD83D"};

    (void)state;
    for (size_t i = 0; i < COUNT(TEXTS) * MAX_PAD; i++) {
        struct reading reading =
            read_text(i % MAX_PAD + 1, TEXTS[i / MAX_PAD], "");

        assert_false(chutes__json_finish(&reading.reader));
        assert_int_equal(reading.value.type, CHUTES__JSON_NONE);
        assert_ptr_equal(reading.room.at, reading.room_bytes);
        free_reading(&reading);
    }
}

static void a_text_without_room_is_only_read(void **state)
{
    static const char json[] = "[\"a\\nb\",7]";
    char bytes[sizeof(json)];
    struct chutes__json_room room = {bytes, sizeof(json) - 3};
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    (void)state;
    chutes__json_init(&reader, json, sizeof(json) - 1, 1);
    reader.room = &room;
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_next_element(&reader));
    chutes__json_read_text(&reader, &value);
    assert_ptr_equal(value.text.data, json + 2);
    /* The room is enough for the next one, but that isn't a string. */
    assert_true(chutes__json_next_element(&reader));
    chutes__json_read_text(&reader, &value);
    assert_int_equal(value.type, CHUTES__JSON_NUMBER);
    assert_false(chutes__json_next_element(&reader));
    assert_true(chutes__json_finish(&reader));
    assert_ptr_equal(room.at, bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_decoded_into_buffers),
        cmocka_unit_test(the_limit_is_for_the_decoded_text),
        cmocka_unit_test(strings_are_decoded_into_arenas),
        cmocka_unit_test(strings_are_compared_decoded),
        cmocka_unit_test(every_unit_is_decoded),
        cmocka_unit_test(random_bytes_are_cleaned_as_elsewhere),
        cmocka_unit_test(decoding_takes_time_in_proportion),
        cmocka_unit_test(a_failure_leaves_the_buffer),
        cmocka_unit_test(a_text_is_decoded_while_it_is_read),
        cmocka_unit_test(a_malformed_text_is_a_fault_in_spite_of_room),
        cmocka_unit_test(a_text_without_room_is_only_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
