/* SPDX-License-Identifier: MIT */
#include "transport/timer.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

enum { TIMERS = 50 };

/* The same pseudo-random numbers in every run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void no_timer_is_first_of_none(void **state)
{
    struct chutes__timers timers;
    struct chutes__timer timer = {0};

    (void)state;
    chutes__timers_init(&timers);
    assert_null(chutes__timers_first(&timers));
    chutes__timers_set(&timers, &timer, CHUTES__CLOCK_NEVER);
    assert_null(chutes__timers_first(&timers));
    chutes__timers_dispose(&timers);
}

static void timers_come_up_in_order(void **state)
{
    struct chutes__timers timers;
    struct chutes__timer items[TIMERS] = {0};
    int64_t last = 0;
    uint32_t seed = 1;

    (void)state;
    chutes__timers_init(&timers);
    assert_int_equal(chutes__timers_reserve(&timers, TIMERS), CHUTES_OK);
    for (int i = 0; i < TIMERS; i++) {
        chutes__timers_set(&timers, &items[i], next_random(&seed) % 20);
    }
    for (int i = 0; i < TIMERS; i++) {
        struct chutes__timer *first = chutes__timers_first(&timers);

        assert_non_null(first);
        assert_true(first->due_us >= last);
        last = first->due_us;
        chutes__timers_set(&timers, first, CHUTES__CLOCK_NEVER);
        assert_int_equal(first->place, 0);
    }
    assert_null(chutes__timers_first(&timers));
    chutes__timers_dispose(&timers);
}

static int64_t earliest(const struct chutes__timer *items, const bool *is_set)
{
    int64_t due_us = CHUTES__CLOCK_NEVER;

    for (int i = 0; i < TIMERS; i++) {
        if (is_set[i] && items[i].due_us < due_us) {
            due_us = items[i].due_us;
        }
    }
    return due_us;
}

/* Against a model that looks at all of them. */
static void timers_may_be_set_anew_and_unset_in_any_order(void **state)
{
    struct chutes__timers timers;
    struct chutes__timer items[TIMERS] = {0};
    bool is_set[TIMERS] = {false};
    uint32_t seed = 7;

    (void)state;
    chutes__timers_init(&timers);
    assert_int_equal(chutes__timers_reserve(&timers, TIMERS), CHUTES_OK);
    for (int round = 0; round < 20000; round++) {
        uint32_t at = next_random(&seed) % TIMERS;
        const struct chutes__timer *first;

        is_set[at] = next_random(&seed) % 3 != 0;
        chutes__timers_set(&timers, &items[at],
                           is_set[at] ? (int64_t)(next_random(&seed) % 1000)
                                      : CHUTES__CLOCK_NEVER);
        first = chutes__timers_first(&timers);
        assert_int_equal(first == NULL ? CHUTES__CLOCK_NEVER : first->due_us,
                         earliest(items, is_set));
    }
    chutes__timers_dispose(&timers);
}

static void room_grows_and_keeps_what_is_set(void **state)
{
    struct chutes__timers timers;
    struct chutes__timer items[TIMERS] = {0};

    (void)state;
    chutes__timers_init(&timers);
    for (size_t i = 0; i < TIMERS; i++) {
        assert_int_equal(chutes__timers_reserve(&timers, i + 1), CHUTES_OK);
        assert_true(timers.capacity > i);
        chutes__timers_set(&timers, &items[i], (int64_t)(TIMERS - i));
        assert_ptr_equal(chutes__timers_first(&timers), &items[i]);
    }
    assert_int_equal(chutes__timers_reserve(&timers, SIZE_MAX),
                     CHUTES_ERR_NO_MEMORY);
    assert_ptr_equal(chutes__timers_first(&timers), &items[TIMERS - 1]);
    chutes__timers_dispose(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_timer_is_first_of_none),
        cmocka_unit_test(timers_come_up_in_order),
        cmocka_unit_test(timers_may_be_set_anew_and_unset_in_any_order),
        cmocka_unit_test(room_grows_and_keeps_what_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
