/* SPDX-License-Identifier: MIT */
#include "base/array.h"

#include "alloc_fail.h"
#include "base/mem.h"
#include "test.h"

struct numbers {
    uint32_t *items;
    size_t capacity;
};

static bool reserve(struct numbers *numbers, size_t needed)
{
    return chutes__array_reserve(&numbers->items, &numbers->capacity, needed,
                                 sizeof(*numbers->items));
}

static void items_survive_growth(void **state)
{
    enum { COUNT = 1000 };
    struct numbers numbers = {NULL, 0};

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(reserve(&numbers, i + 1));
        assert_true(numbers.capacity > i);
        numbers.items[i] = i;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(numbers.items[i], i);
    }
    chutes__mem_free(numbers.items);
}

static void capacity_doubles_or_meets_a_larger_need(void **state)
{
    static const struct {
        size_t needed;
        size_t capacity;
    } rows[] = {{1, 4}, {4, 4}, {5, 8}, {9, 16}, {100, 100}, {101, 200}};
    struct numbers numbers = {NULL, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(reserve(&numbers, rows[i].needed));
        assert_int_equal(numbers.capacity, rows[i].capacity);
    }
    chutes__mem_free(numbers.items);
}

static void room_that_exists_costs_no_allocation(void **state)
{
    struct numbers numbers = {NULL, 0};

    (void)state;
    assert_true(reserve(&numbers, 3));
    alloc_fail_count();
    assert_true(reserve(&numbers, 0));
    assert_true(reserve(&numbers, 4));
    assert_int_equal(alloc_fail_calls(), 0);
    chutes__mem_free(numbers.items);
}

static void a_failure_leaves_the_array_unchanged(void **state)
{
    static const size_t needs[] = {5, SIZE_MAX, SIZE_MAX / sizeof(uint32_t),
                                   SIZE_MAX / sizeof(uint32_t) + 1};
    struct numbers numbers = {NULL, 0};

    (void)state;
    assert_true(reserve(&numbers, 1));
    numbers.items[0] = 7;
    for (size_t i = 0; i < COUNT(needs); i++) {
        uint32_t *before = numbers.items;

        alloc_fail_at(1);
        assert_false(reserve(&numbers, needs[i]));
        alloc_fail_off();
        assert_ptr_equal(numbers.items, before);
        assert_int_equal(numbers.items[0], 7);
        assert_int_equal(numbers.capacity, 4);
    }
    chutes__mem_free(numbers.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_survive_growth),
        cmocka_unit_test(capacity_doubles_or_meets_a_larger_need),
        cmocka_unit_test(room_that_exists_costs_no_allocation),
        cmocka_unit_test(a_failure_leaves_the_array_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
