/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

struct seen {
    char line[2048];
    chutes_log_level level;
    int count;
};

static void keep_line(chutes_log_level level, const char *line, void *user_data)
{
    struct seen *seen = user_data;

    assert_true(strlen(line) < sizeof(seen->line));
    memcpy(seen->line, line, strlen(line) + 1);
    seen->level = level;
    seen->count++;
}

static void lines_above_the_level_are_dropped(void **state)
{
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_WARN};
    struct chutes__log off = {NULL, NULL, CHUTES_LOG_DEBUG};

    (void)state;
    chutes__log_write(&log, CHUTES_LOG_INFO, "%d", 1);
    assert_int_equal(seen.count, 0);
    chutes__log_write(&log, CHUTES_LOG_WARN, "%d", 2);
    chutes__log_write(&log, CHUTES_LOG_ERROR, "%d", 3);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.level, CHUTES_LOG_ERROR);
    assert_string_equal(seen.line, "3");
    chutes__log_write(&off, CHUTES_LOG_ERROR, "x");
    assert_false(chutes__log_enabled(&off, CHUTES_LOG_ERROR));
    assert_true(chutes__log_enabled(&log, CHUTES_LOG_WARN));
    assert_false(chutes__log_enabled(&log, CHUTES_LOG_DEBUG));
}

static void a_line_is_one_line(void **state)
{
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_INFO};

    (void)state;
    chutes__log_write(&log, CHUTES_LOG_INFO, "%s",
                      "a\r\nb\x1B[0m\xFF\xE2\x82\xAC");
    assert_string_equal(seen.line, "a\\r\\nb\\x1B[0m\xEF\xBF\xBD\xE2\x82\xAC");
}

static void a_line_is_at_most_1_kib(void **state)
{
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_INFO};
    char text[5000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    chutes__log_write(&log, CHUTES_LOG_INFO, "%s", text);
    assert_int_equal(strlen(seen.line), 1023);
}

static void a_secret_that_is_cut_does_not_show(void **state)
{
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_INFO};
    char text[4096];
    size_t pad;

    (void)state;
    /* Hiding the first shortens the text, so that what was cut comes into
     * view. */
    memset(text, 'a', sizeof(text));
    memcpy(text, "cookie:", 7);
    text[1800] = '\n';
    for (pad = 1801; pad < 2048; pad++) {
        memset(text + 1801, '.', pad - 1801);
        memcpy(text + pad, " https://me:PASSWORDPASSWORDPASSWORD@host/", 43);
        chutes__log_write(&log, CHUTES_LOG_INFO, "%s", text);
        assert_null(strstr(seen.line, "PASS"));
    }
}

static void a_format_that_cannot_be_written_is_dropped(void **state)
{
    /* No character of the C locale. */
    static const wchar_t text[] = {0x20AC, 0};
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_INFO};

    (void)state;
    chutes__log_write(&log, CHUTES_LOG_INFO, "%ls", text);
    assert_int_equal(seen.count, 0);
}

static const struct redact_case {
    const char *text;
    const char *want;
} REDACT_CASES[] = {
    {"", ""},
    {"nothing to hide", "nothing to hide"},
    /* headers, up to the end of their line */
    {"Authorization: Bearer abcdefghijkl", "Authorization: [redacted]"},
    {"AUTHORIZATION:Basic dXNlcjpwYXNz\r\nHost: x",
     "AUTHORIZATION:[redacted]\r\nHost: x"},
    {"> proxy-authorization: \t0123456789 0123456789\nnext",
     "> proxy-authorization: \t[redacted]\nnext"},
    {"X-API-Key: 0123456789", "X-API-Key: [redacted]"},
    {"x-api-key: abc", "x-api-key: ***"},
    {"Cookie: session=0123456789; b=c", "Cookie: [redacted]"},
    {"set-cookie: session=0123456789", "set-cookie: [redacted]"},
    {"authorization:", "authorization:"},
    {"authorization: \r\nx", "authorization: \r\nx"},
    {"authorization is required", "authorization is required"},
    /* tokens */
    {"sent Bearer abcdefghij/+=._~-z, then", "sent Bearer [redacted], then"},
    {"bearer   abcdefghij", "bearer   [redacted]"},
    {"the bearer is", "the bearer **"},
    {"bearer", "bearer"},
    {"bearer ", "bearer "},
    /* keys */
    {"cpk_0123456789abcdef", "[redacted]"},
    {"key=cpk_a1b2c.d3e4f.g5h6 and", "key=[redacted] and"},
    {"cak_0123456789 crt_0123456789 csc_0123456789",
     "[redacted] [redacted] [redacted]"},
    {"\"sk-proj-0123456789\"", "\"[redacted]\""},
    {"cpk_01234", "*********"},
    {"cpk_0123", "cpk_0123"},
    {"task-oriented-work", "task-oriented-work"},
    {"a_sk-0123456789", "a_[redacted]"},
    {"CPK_0123456789", "CPK_0123456789"},
    /* URLs */
    {"http://user:password@host/path", "http://[redacted]@host/path"},
    {"//u@host", "//*@host"},
    {"http://a:b@c:password@host/", "http://[redacted]@host/"},
    {"https://host/path@v1", "https://host/path@v1"},
    {"https://host?q=a@b https://host#a@b",
     "https://host?q=a@b https://host#a@b"},
    {"http://@host", "http://@host"},
    {"////", "////"},
    {"[redacted]", "[redacted]"},
};

static void secrets_are_hidden_wherever_they_are(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(REDACT_CASES) / sizeof(REDACT_CASES[0]); i++) {
        const struct redact_case *c = &REDACT_CASES[i];
        char *text = strdup(c->text);

        assert_non_null(text);
        chutes__redact(text);
        assert_string_equal(text, c->want);
        chutes__redact(text);
        assert_string_equal(text, c->want);
        free(text);
    }
}

static void keys_alone_can_be_hidden(void **state)
{
    char text[] = "Authorization: none, //u:p@h, cpk_0123456789";

    (void)state;
    chutes__redact_keys(text);
    assert_string_equal(text, "Authorization: none, //u:p@h, [redacted]");
}

static void random_text_never_grows(void **state)
{
    static const char *const parts[] = {"authorization:",
                                        "bearer ",
                                        "cpk_",
                                        "sk-",
                                        "//",
                                        "@",
                                        ":",
                                        " ",
                                        "\r",
                                        "\n",
                                        "x",
                                        "=",
                                        "\t",
                                        "0123456789",
                                        "\xFF",
                                        "/",
                                        "cookie:"};
    uint32_t random = 1;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        char text[256] = "";
        size_t before;
        char *exact;

        do {
            const char *part;

            random = random * 1664525 + 1013904223;
            part = parts[(random >> 16) % (sizeof(parts) / sizeof(parts[0]))];
            memcpy(text + strlen(text), part, strlen(part) + 1);
        } while (random >> 28 != 0 && strlen(text) < sizeof(text) - 32);
        before = strlen(text);
        exact = strdup(text);
        assert_non_null(exact);
        chutes__redact(exact);
        assert_true(strlen(exact) <= before);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_above_the_level_are_dropped),
        cmocka_unit_test(a_line_is_one_line),
        cmocka_unit_test(a_line_is_at_most_1_kib),
        cmocka_unit_test(a_secret_that_is_cut_does_not_show),
        cmocka_unit_test(a_format_that_cannot_be_written_is_dropped),
        cmocka_unit_test(secrets_are_hidden_wherever_they_are),
        cmocka_unit_test(keys_alone_can_be_hidden),
        cmocka_unit_test(random_text_never_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
