/* SPDX-License-Identifier: MIT */
#include "request/header.h"
#include "test.h"

#include <string.h>

/* Restates RFC 9110 section 5.6.2, so that the code isn't tested against
 * itself. */
static bool is_token_byte(int byte)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') ||
           (byte != 0 && memchr(marks, byte, sizeof(marks) - 1) != NULL);
}

/* "abc" with one byte replaced. */
static void plant(char text[4], size_t at, int byte)
{
    memcpy(text, "abc", 4);
    text[at] = (char)byte;
}

static void a_name_is_a_token_whatever_the_byte_and_its_place(void **state)
{
    (void)state;
    for (size_t at = 0; at < 3; at++) {
        for (int byte = 1; byte < 256; byte++) {
            char name[4];

            plant(name, at, byte);
            if (chutes__header_name_is_valid(name) != is_token_byte(byte)) {
                fail_msg("byte 0x%02X at %zu", byte, at);
            }
        }
    }
    assert_false(chutes__header_name_is_valid(""));
}

static void a_value_is_tab_and_printable_ascii_whatever_the_place(void **state)
{
    (void)state;
    for (size_t at = 0; at < 3; at++) {
        for (int byte = 1; byte < 256; byte++) {
            char value[4];
            bool want = byte == '\t' || (byte >= 0x20 && byte <= 0x7E);

            plant(value, at, byte);
            if (chutes__header_value_is_valid(value) != want) {
                fail_msg("byte 0x%02X at %zu", byte, at);
            }
        }
    }
    assert_true(chutes__header_value_is_valid(""));
}

static void a_key_has_no_blank_and_no_control_byte(void **state)
{
    (void)state;
    for (size_t at = 0; at < 3; at++) {
        for (int byte = 1; byte < 256; byte++) {
            char key[4];

            plant(key, at, byte);
            if (chutes__key_is_valid(key) != (byte >= 0x21 && byte <= 0x7E)) {
                fail_msg("byte 0x%02X at %zu", byte, at);
            }
        }
    }
}

static void a_key_has_1_to_512_bytes(void **state)
{
    char key[514];

    (void)state;
    memset(key, 'k', sizeof(key));
    key[513] = '\0';
    assert_false(chutes__key_is_valid(key));
    key[512] = '\0';
    assert_true(chutes__key_is_valid(key));
    key[1] = '\0';
    assert_true(chutes__key_is_valid(key));
    assert_false(chutes__key_is_valid(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_a_token_whatever_the_byte_and_its_place),
        cmocka_unit_test(a_value_is_tab_and_printable_ascii_whatever_the_place),
        cmocka_unit_test(a_key_has_no_blank_and_no_control_byte),
        cmocka_unit_test(a_key_has_1_to_512_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
