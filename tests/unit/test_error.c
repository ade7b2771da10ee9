/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include "base/utf8.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FFFD CHUTES__UTF8_REPLACEMENT

static void clearing_makes_everything_unknown(void **state)
{
    chutes_error error;

    (void)state;
    memset(&error, 'x', sizeof(error));
    chutes__error_clear(&error);
    assert_int_equal(error.status, CHUTES_OK);
    assert_int_equal(error.http_status, 0);
    assert_int_equal(error.outcome, CHUTES_OUTCOME_NOT_SENT);
    assert_int_equal(error.attempts, 0);
    assert_int_equal(error.retry_after_ms, -1);
    assert_int_equal(error.quota_reset, -1);
    assert_string_equal(error.code, "");
    assert_string_equal(error.type, "");
    assert_string_equal(error.param, "");
    assert_string_equal(error.request_id, "");
    assert_string_equal(error.message, "");
    chutes__error_clear(NULL);
}

static void failing_sets_status_and_message_alone(void **state)
{
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    error.http_status = 503;
    error.attempts = 2;
    assert_int_equal(
        chutes__fail(&error, CHUTES_ERR_SERVER, "%s at %d", "failed", 7),
        CHUTES_ERR_SERVER);
    assert_int_equal(error.status, CHUTES_ERR_SERVER);
    assert_string_equal(error.message, "failed at 7");
    assert_int_equal(error.http_status, 503);
    assert_int_equal(error.attempts, 2);
    assert_int_equal(chutes__fail(NULL, CHUTES_ERR_TLS, "x"), CHUTES_ERR_TLS);
    assert_int_equal(chutes__fail_status(NULL, CHUTES_ERR_TLS), CHUTES_ERR_TLS);
}

static void each_status_has_its_sentence(void **state)
{
    chutes_error error;

    (void)state;
#define CHECK_SENTENCE(name, value, sentence)                            \
    assert_string_equal(chutes_status_string(CHUTES_##name), sentence);  \
    assert_int_equal(chutes__fail_status(&error, CHUTES_##name), value); \
    assert_string_equal(error.message, sentence);
    CHUTES_STATUS_MAP(CHECK_SENTENCE)
#undef CHECK_SENTENCE
    assert_string_equal(chutes_status_string((chutes_status)9999),
                        "an unknown status");
}

static void a_message_that_cannot_be_formatted_says_the_status(void **state)
{
    /* This character isn't in the C locale. */
    static const wchar_t text[] = {0x20AC, 0};
    chutes_error error;

    (void)state;
    chutes__error_clear(&error);
    assert_int_equal(chutes__fail(&error, CHUTES_ERR_CONFIG, "%ls", text),
                     CHUTES_ERR_CONFIG);
    assert_string_equal(error.message, chutes_status_string(CHUTES_ERR_CONFIG));
}

static const struct copy_case {
    const char *text;
    size_t len;
    const char *want;
} COPY_CASES[] = {
    {"", 0, ""},
    {"plain text", 10, "plain text"},
    {"a\nb\rc\td", 7, "a\\nb\\rc\\td"},
    {"\x1B[31mred", 8, "\\x1B[31mred"},
    {"nul\0byte", 8, "nul\\x00byte"},
    {"\x7F", 1, "\\x7F"},
    {"\xC2\x80\xC2\x9F\xC2\xA0", 6, "\\xC2\\x80\\xC2\\x9F\xC2\xA0"},
    {"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA", 9,
     "\\xE2\\x80\\xA8\\xE2\\x80\\xA9\xE2\x80\xAA"},
    {"\xE4\xBD\xA0\xF0\x9F\x98\x80", 7, "\xE4\xBD\xA0\xF0\x9F\x98\x80"},
    {"\xFF\xE2\x82 \xED\xA0\x80", 7, FFFD FFFD " " FFFD FFFD FFFD},
    {"cut \xE2\x82", 6, "cut " FFFD},
    {"the key cpk_0123456789abcdef is bad", 35, "the key [redacted] is bad"},
    {"Authorization: is missing", 25, "Authorization: is missing"},
};

static void text_of_any_origin_becomes_printable(void **state)
{
    char field[128];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(COPY_CASES); i++) {
        const struct copy_case *c = &COPY_CASES[i];

        memset(field, 'x', sizeof(field));
        chutes__error_copy(field, sizeof(field), c->text, c->len);
        assert_string_equal(field, c->want);
    }
}

/* Asserts that the field has no control bytes, is valid UTF-8 and ends within
 * its size. */
static void check_field(const char *field, size_t size)
{
    const char *nul = memchr(field, '\0', size);
    const char *at;

    assert_non_null(nul);
    assert_int_equal(chutes__utf8_valid_prefix(field, (size_t)(nul - field)),
                     nul - field);
    for (at = field; at < nul; at++) {
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7F);
        assert_false(*at == (char)0xC2 && (unsigned char)at[1] < 0xA0);
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    static const char text[] = "ab\n\xE2\x82\xAC\xF0\x9F\x98\x80\x01\xFFz";
    size_t size;

    (void)state;
    for (size = 1; size < 32; size++) {
        char *field = malloc(size);

        assert_non_null(field);
        chutes__error_copy(field, size, text, sizeof(text) - 1);
        check_field(field, size);
        assert_true(strlen(field) + 5 > size || strlen(field) == 19);
        free(field);
    }
    chutes__error_copy(NULL, 0, "x", 1);
}

static void random_bytes_never_break_a_field(void **state)
{
    uint32_t random = 12345;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        char text[40];
        char field[32];
        size_t i;

        for (i = 0; i < sizeof(text); i++) {
            random = random * 1664525 + 1013904223;
            text[i] = (char)(random >> 24);
        }
        memset(field, 'x', sizeof(field));
        chutes__error_copy(field, sizeof(field), text, random % sizeof(text));
        for (size_t k = strlen(field); k < sizeof(field); k++) {
            assert_int_equal(field[k], 0);
        }
        check_field(field, sizeof(field));
    }
}

static void a_long_message_fills_the_field(void **state)
{
    chutes_error error;
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    chutes__error_clear(&error);
    chutes__fail(&error, CHUTES_ERR_SERVER, "%s", text);
    assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
    /* A character that doesn't fit is omitted whole. */
    memcpy(text + sizeof(error.message) - 3, "\xE2\x82\xAC", 3);
    chutes__fail(&error, CHUTES_ERR_SERVER, "%s", text);
    assert_int_equal(strlen(error.message), sizeof(error.message) - 3);
    check_field(error.message, sizeof(error.message));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clearing_makes_everything_unknown),
        cmocka_unit_test(failing_sets_status_and_message_alone),
        cmocka_unit_test(each_status_has_its_sentence),
        cmocka_unit_test(a_message_that_cannot_be_formatted_says_the_status),
        cmocka_unit_test(text_of_any_origin_becomes_printable),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(random_bytes_never_break_a_field),
        cmocka_unit_test(a_long_message_fills_the_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
