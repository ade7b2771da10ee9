/* SPDX-License-Identifier: MIT */
#include "json/scan.h"

#include "test.h"
#include "json/reader.h"

#include <stdlib.h>
#include <string.h>

static bool is_special(unsigned char byte)
{
    return byte == '"' || byte == '\\' || byte < 0x20 || byte >= 0x80;
}

/* Loads the bits as a scan of a text of `len` bytes does. */
static uint64_t load(const char *text, size_t len)
{
    char *exact = malloc(len);
    struct chutes__json_reader reader;

    assert_true(exact != NULL || len == 0);
    if (len > 0) {
        memcpy(exact, text, len);
    }
    chutes__json_init(&reader, exact, len, 1);
    assert_ptr_equal(reader.window, exact);
    free(exact);
    return reader.specials;
}

static void every_byte_is_judged_at_every_place(void **state)
{
    char text[CHUTES__JSON_WINDOW];
    int place;
    int byte;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (place = 0; place < CHUTES__JSON_WINDOW; place++) {
        for (byte = 0; byte < 256; byte++) {
            uint64_t want = (uint64_t)is_special((unsigned char)byte) << place;

            text[place] = (char)byte;
            assert_true(load(text, sizeof(text)) == want);
            assert_true(chutes__json_flag_special_portable(text) == want);
        }
        text[place] = 'x';
    }
}

static void neighbours_do_not_disturb_each_other(void **state)
{
    uint32_t random = 5;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        static const unsigned char bytes[] = {
            '"',  '"' - 1, '"' + 1, '\\', '[',  ']',       0x1F, 0x20,
            0x00, 0x7F,    0x80,    0xFF, 0x21, '"' | 128, 0xDC, 'x'};
        char text[CHUTES__JSON_WINDOW];
        uint64_t want = 0;
        int i;

        for (i = 0; i < CHUTES__JSON_WINDOW; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = (char)bytes[random >> 28];
            want |= (uint64_t)is_special((unsigned char)text[i]) << i;
        }
        assert_true(load(text, sizeof(text)) == want);
        assert_true(chutes__json_flag_special_portable(text) == want);
    }
}

static void what_is_behind_the_end_is_special(void **state)
{
    char text[CHUTES__JSON_WINDOW];
    size_t len;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (len = 0; len < CHUTES__JSON_WINDOW; len++) {
        assert_true(load(text, len) == UINT64_MAX << len);
    }
}

static void the_next_special_byte_is_found_from_everywhere(void **state)
{
    enum { LEN = 300 };
    char *text = malloc(LEN);
    struct chutes__json_reader reader;
    size_t special;
    size_t from;

    (void)state;
    assert_non_null(text);
    for (special = 0; special <= LEN; special += 7) {
        memset(text, 'x', LEN);
        if (special < LEN) {
            text[special] = '"';
        }
        for (from = 0; from <= special; from++) {
            chutes__json_init(&reader, text, LEN, 1);
            assert_ptr_equal(chutes__json_skip_plain(&reader, text + from),
                             special < LEN ? text + special : text + LEN);
        }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_judged_at_every_place),
        cmocka_unit_test(neighbours_do_not_disturb_each_other),
        cmocka_unit_test(what_is_behind_the_end_is_special),
        cmocka_unit_test(the_next_special_byte_is_found_from_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
