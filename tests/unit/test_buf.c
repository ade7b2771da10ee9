/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/mem.h"

#include "alloc_fail.h"
#include "test.h"

#include <string.h>

static void a_new_buffer_is_an_empty_string(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 10);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    chutes__buf_clear(&buf);
    chutes__buf_shrink(&buf, 0);
    assert_int_equal(chutes__buf_append(&buf, NULL, 0), CHUTES_OK);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
}

static void what_is_appended_is_kept_and_ends_in_nul(void **state)
{
    struct chutes__buf buf;
    char want[1001] = "";
    int i;

    (void)state;
    chutes__buf_init(&buf, sizeof(want) - 1);
    for (i = 0; i < 1000; i++) {
        char c = (char)('a' + i % 26);

        want[i] = c;
        want[i + 1] = '\0';
        assert_int_equal(chutes__buf_append(&buf, &c, 1), CHUTES_OK);
        assert_int_equal(buf.len, i + 1);
        assert_string_equal(buf.data, want);
    }
    chutes__buf_dispose(&buf);
}

static void nul_bytes_are_contents(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 10);
    assert_int_equal(chutes__buf_append(&buf, "a\0b", 3), CHUTES_OK);
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "a\0b", 4);
    chutes__buf_dispose(&buf);
}

static void the_limit_is_exact_and_leaves_the_contents(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 5);
    assert_int_equal(chutes__buf_append_str(&buf, "12345"), CHUTES_OK);
    assert_int_equal(chutes__buf_append_str(&buf, "6"), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes__buf_appendf(&buf, "%d", 6), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes__buf_reserve(&buf, SIZE_MAX), CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "12345");
    assert_int_equal(buf.len, 5);
    assert_true(buf.cap <= 6);
    chutes__buf_dispose(&buf);
    chutes__buf_init(&buf, 0);
    assert_int_equal(chutes__buf_append_str(&buf, "x"), CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
}

static void no_limit_does_not_overflow(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, SIZE_MAX);
    assert_int_equal(chutes__buf_append_str(&buf, "abc"), CHUTES_OK);
    assert_int_equal(chutes__buf_reserve(&buf, SIZE_MAX - 3),
                     CHUTES_ERR_TOO_LARGE);
    assert_string_equal(buf.data, "abc");
    chutes__buf_dispose(&buf);
}

static void formatted_text_of_any_length_fits(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 1000);
    assert_int_equal(chutes__buf_appendf(&buf, "%s-%03d", "a", 7), CHUTES_OK);
    assert_string_equal(buf.data, "a-007");
    assert_int_equal(chutes__buf_appendf(&buf, "%500s", "z"), CHUTES_OK);
    assert_int_equal(buf.len, 505);
    assert_int_equal(strlen(buf.data), 505);
    assert_int_equal(chutes__buf_appendf(&buf, "%s", ""), CHUTES_OK);
    assert_int_equal(buf.len, 505);
    chutes__buf_dispose(&buf);
}

static void a_format_that_cannot_be_written_is_reported(void **state)
{
    /* This character isn't in the C locale. */
    static const wchar_t text[] = {0x20AC, 0};
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 100);
    assert_int_equal(chutes__buf_append_str(&buf, "x"), CHUTES_OK);
    assert_int_equal(chutes__buf_appendf(&buf, "%ls", text),
                     CHUTES_ERR_INTERNAL);
    assert_string_equal(buf.data, "x");
    chutes__buf_dispose(&buf);
}

static void clearing_keeps_the_memory_and_shrinking_returns_it(void **state)
{
    struct chutes__buf buf;
    size_t cap;

    (void)state;
    chutes__buf_init(&buf, 100000);
    assert_int_equal(chutes__buf_reserve(&buf, 50000), CHUTES_OK);
    assert_int_equal(chutes__buf_append_str(&buf, "text"), CHUTES_OK);
    cap = buf.cap;
    chutes__buf_clear(&buf);
    assert_int_equal(buf.cap, cap);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.data, "");
    chutes__buf_shrink(&buf, cap);
    assert_int_equal(buf.cap, cap);
    chutes__buf_shrink(&buf, 100);
    assert_int_equal(buf.cap, 100);
    assert_string_equal(buf.data, "");
    assert_int_equal(chutes__buf_append_str(&buf, "more"), CHUTES_OK);
    chutes__buf_shrink(&buf, 0);
    assert_int_equal(buf.cap, 0);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.limit, 100000);
    chutes__buf_dispose(&buf);
}

static void recycling_returns_only_what_was_not_needed(void **state)
{
    struct chutes__buf buf;
    size_t cap;

    (void)state;
    chutes__buf_init(&buf, 100000);
    assert_int_equal(chutes__buf_reserve(&buf, 50000), CHUTES_OK);
    cap = buf.cap;
    buf.len = cap / 4;
    chutes__buf_recycle(&buf, 100);
    assert_int_equal(buf.cap, cap);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.data, "");
    buf.len = cap / 4 - 1;
    chutes__buf_recycle(&buf, 100);
    assert_int_equal(buf.cap, 100);
    assert_string_equal(buf.data, "");
    chutes__buf_dispose(&buf);
}

static void taking_moves_the_text_out(void **state)
{
    struct chutes__buf buf;
    char *text;

    (void)state;
    chutes__buf_init(&buf, 10);
    assert_int_equal(chutes__buf_append_str(&buf, "text"), CHUTES_OK);
    text = chutes__buf_take(&buf);
    assert_string_equal(text, "text");
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    chutes__mem_free(text);
    text = chutes__buf_take(&buf);
    assert_string_equal(text, "");
    chutes__mem_free(text);
    chutes__buf_dispose(&buf);
}

static void out_of_memory_leaves_the_contents(void **state)
{
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 100000);
    alloc_fail_from(1);
    assert_int_equal(chutes__buf_append_str(&buf, "x"), CHUTES_ERR_NO_MEMORY);
    assert_int_equal(chutes__buf_appendf(&buf, "x"), CHUTES_ERR_NO_MEMORY);
    assert_null(chutes__buf_take(&buf));
    assert_string_equal(buf.data, "");
    alloc_fail_off();
    assert_int_equal(chutes__buf_append_str(&buf, "text"), CHUTES_OK);
    alloc_fail_from(1);
    assert_int_equal(chutes__buf_reserve(&buf, 10000), CHUTES_ERR_NO_MEMORY);
    assert_int_equal(chutes__buf_appendf(&buf, "%9000d", 1),
                     CHUTES_ERR_NO_MEMORY);
    assert_string_equal(buf.data, "text");
    chutes__buf_shrink(&buf, 8);
    assert_true(buf.cap > 8); /* the memory could not be returned: no harm */
    assert_string_equal(buf.data, "");
    alloc_fail_off();
    chutes__buf_dispose(&buf);
}

static void bytes_are_removed_wherever_they_are(void **state)
{
    static const struct {
        size_t at;
        size_t count;
        const char *left;
    } cases[] = {{0, 0, "abcdef"}, {0, 2, "cdef"},   {2, 3, "abf"},
                 {4, 2, "abcd"},   {6, 0, "abcdef"}, {0, 6, ""}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct chutes__buf buf;

        chutes__buf_init(&buf, 100);
        assert_int_equal(chutes__buf_append_str(&buf, "abcdef"), CHUTES_OK);
        chutes__buf_remove(&buf, cases[i].at, cases[i].count);
        assert_string_equal(buf.data, cases[i].left);
        assert_int_equal(buf.len, strlen(cases[i].left));
        chutes__buf_dispose(&buf);
    }
}

static void a_trimmed_buffer_keeps_its_contents(void **state)
{
    char bytes[10000];
    struct chutes__buf buf;

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    chutes__buf_init(&buf, 1 << 20);
    chutes__buf_trim(&buf);
    assert_string_equal(buf.data, "");
    assert_int_equal(chutes__buf_reserve(&buf, 100000), CHUTES_OK);
    assert_int_equal(chutes__buf_append(&buf, bytes, sizeof(bytes)), CHUTES_OK);
    chutes__buf_trim(&buf);
    assert_int_equal(buf.cap, sizeof(bytes) + 1);
    assert_int_equal(buf.len, sizeof(bytes));
    assert_memory_equal(buf.data, bytes, sizeof(bytes));
    assert_int_equal(buf.data[buf.len], '\0');
    assert_int_equal(chutes__buf_append(&buf, bytes, sizeof(bytes)), CHUTES_OK);
    chutes__buf_dispose(&buf);
}

static void a_view_is_copied_before_it_grows(void **state)
{
    static const char text[] = "theirs";
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init(&buf, 100);
    assert_int_equal(chutes__buf_append_str(&buf, "dropped"), CHUTES_OK);
    chutes__buf_view(&buf, text, sizeof(text) - 1);
    assert_ptr_equal(buf.data, text);
    assert_true(chutes__buf_is_view(&buf));
    assert_int_equal(chutes__buf_append_str(&buf, " and ours"), CHUTES_OK);
    assert_string_equal(buf.data, "theirs and ours");
    assert_false(chutes__buf_is_view(&buf));
    chutes__buf_view(&buf, text, sizeof(text) - 1);
    chutes__buf_clear(&buf);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    assert_false(chutes__buf_is_view(&buf));
    chutes__buf_view(&buf, text, sizeof(text) - 1);
    chutes__buf_dispose(&buf);
    assert_string_equal(buf.data, "");
    assert_string_equal(text, "theirs");
}

static void a_fixed_buffer_never_grows(void **state)
{
    char memory[8];
    struct chutes__buf buf;

    (void)state;
    chutes__buf_init_fixed(&buf, memory, sizeof(memory));
    assert_string_equal(buf.data, "");
    assert_int_equal(chutes__buf_append_str(&buf, "seven"), CHUTES_OK);
    assert_int_equal(chutes__buf_append_str(&buf, "!!!"), CHUTES_ERR_TOO_LARGE);
    assert_int_equal(chutes__buf_append_str(&buf, "!!"), CHUTES_OK);
    assert_ptr_equal(buf.data, memory);
    assert_string_equal(memory, "seven!!");
    chutes__buf_cut(&buf, 5);
    assert_string_equal(memory, "seven");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_an_empty_string),
        cmocka_unit_test(what_is_appended_is_kept_and_ends_in_nul),
        cmocka_unit_test(nul_bytes_are_contents),
        cmocka_unit_test(the_limit_is_exact_and_leaves_the_contents),
        cmocka_unit_test(no_limit_does_not_overflow),
        cmocka_unit_test(formatted_text_of_any_length_fits),
        cmocka_unit_test(a_format_that_cannot_be_written_is_reported),
        cmocka_unit_test(clearing_keeps_the_memory_and_shrinking_returns_it),
        cmocka_unit_test(recycling_returns_only_what_was_not_needed),
        cmocka_unit_test(taking_moves_the_text_out),
        cmocka_unit_test(out_of_memory_leaves_the_contents),
        cmocka_unit_test(bytes_are_removed_wherever_they_are),
        cmocka_unit_test(a_trimmed_buffer_keeps_its_contents),
        cmocka_unit_test(a_view_is_copied_before_it_grows),
        cmocka_unit_test(a_fixed_buffer_never_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
