/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include "alloc_fail.h"
#include "test.h"

static void calls_and_live_blocks_are_counted(void **state)
{
    void *before = chutes__mem_alloc(5);
    void *grown;
    void *other;

    (void)state;
    alloc_fail_count();
    grown = chutes__mem_realloc(chutes__mem_alloc(5), 5000);
    other = chutes__mem_zalloc(9);
    assert_int_equal(alloc_fail_calls(), 3);
    assert_int_equal(alloc_fail_live(), 2);
    /* Blocks from before don't count as leaks. */
    before = chutes__mem_realloc(before, 5000);
    chutes__mem_free(before);
    chutes__mem_free(NULL);
    assert_int_equal(alloc_fail_live(), 2);
    chutes__mem_free(grown);
    chutes__mem_free(other);
    assert_int_equal(alloc_fail_live(), 0);
    assert_int_equal(alloc_fail_failures(), 0);
    alloc_fail_off();
}

static void only_the_nth_call_fails(void **state)
{
    void *first;
    void *third;

    (void)state;
    alloc_fail_at(2);
    first = chutes__mem_alloc(1);
    assert_non_null(first);
    assert_null(chutes__mem_alloc(1));
    third = chutes__mem_alloc(1);
    assert_non_null(third);
    assert_int_equal(alloc_fail_failures(), 1);
    assert_int_equal(alloc_fail_live(), 2);
    chutes__mem_free(first);
    chutes__mem_free(third);
    alloc_fail_off();
}

static void all_calls_from_the_nth_fail(void **state)
{
    char *first;

    (void)state;
    alloc_fail_from(2);
    first = chutes__mem_dup("kept", 4);
    assert_non_null(first);
    assert_null(chutes__mem_realloc(first, 100));
    assert_null(chutes__mem_alloc(1));
    assert_string_equal(first, "kept");
    assert_int_equal(alloc_fail_failures(), 2);
    chutes__mem_free(first);
    assert_int_equal(alloc_fail_live(), 0);
    alloc_fail_off();
}

static void many_blocks_are_told_apart(void **state)
{
    enum { COUNT = 5000 };
    static void *blocks[COUNT];

    (void)state;
    alloc_fail_count();
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = chutes__mem_alloc(i % 77);
        }
        assert_int_equal(alloc_fail_live(), COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            chutes__mem_free(blocks[i]);
        }
        assert_int_equal(alloc_fail_live(), 0);
    }
    alloc_fail_off();
}

static void nothing_is_counted_when_off(void **state)
{
    (void)state;
    alloc_fail_off();
    chutes__mem_free(chutes__mem_alloc(3));
    assert_int_equal(alloc_fail_calls(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_and_live_blocks_are_counted),
        cmocka_unit_test(only_the_nth_call_fails),
        cmocka_unit_test(all_calls_from_the_nth_fail),
        cmocka_unit_test(many_blocks_are_told_apart),
        cmocka_unit_test(nothing_is_counted_when_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
