/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "test.h"

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
    /* Redacting the first key shortens the text, so that bytes which were cut
     * off would come into view. */
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
    /* This character isn't in the C locale. */
    static const wchar_t text[] = {0x20AC, 0};
    struct seen seen = {0};
    struct chutes__log log = {keep_line, &seen, CHUTES_LOG_INFO};

    (void)state;
    chutes__log_write(&log, CHUTES_LOG_INFO, "%ls", text);
    assert_int_equal(seen.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_above_the_level_are_dropped),
        cmocka_unit_test(a_line_is_one_line),
        cmocka_unit_test(a_line_is_at_most_1_kib),
        cmocka_unit_test(a_secret_that_is_cut_does_not_show),
        cmocka_unit_test(a_format_that_cannot_be_written_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
