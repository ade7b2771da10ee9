/* SPDX-License-Identifier: MIT */
#include "transport/timer.h"

#include "base/clock.h"
#include "test.h"

#include <stdbool.h>

enum { TIMERS = 50 };

/* Returns pseudo-random numbers that are the same in every run. */
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

/* They fire in the order in which they were set, even if others are unset in
 * between. */
static void timers_of_the_same_time_keep_their_order(void **state)
{
    struct chutes__timers timers;
    struct chutes__timer items[TIMERS] = {0};
    struct chutes__timer early = {0};

    (void)state;
    chutes__timers_init(&timers);
    assert_int_equal(chutes__timers_reserve(&timers, TIMERS + 1), CHUTES_OK);
    chutes__timers_set(&timers, &early, 1);
    for (int i = 0; i < TIMERS; i++) {
        chutes__timers_set(&timers, &items[i], 7);
    }
    chutes__timers_set(&timers, &early, CHUTES__CLOCK_NEVER);
    chutes__timers_set(&timers, &items[0], 7); /* set again: it is last now */
    for (int i = 1; i <= TIMERS; i++) {
        struct chutes__timer *first = chutes__timers_first(&timers);

        assert_ptr_equal(first, &items[i % TIMERS]);
        chutes__timers_set(&timers, first, CHUTES__CLOCK_NEVER);
    }
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

/* Compares with a model that looks at every timer. */
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

/* ---- firing ---- */

struct firing {
    struct chutes__timers timers;
    struct chutes__timer items[TIMERS];
    int order[4 * TIMERS];
    int count;
    void (*then)(struct firing *firing, int i);
};

static struct firing *firing_now;

static void note(struct chutes__timer *timer)
{
    int i = (int)(timer - firing_now->items);

    assert_int_equal(timer->place, 0);
    firing_now->order[firing_now->count] = i;
    firing_now->count++;
    if (firing_now->then != NULL) {
        firing_now->then(firing_now, i);
    }
}

static void open_firing(struct firing *firing)
{
    *firing = (struct firing){0};
    firing_now = firing;
    chutes__timers_init(&firing->timers);
    assert_int_equal(chutes__timers_reserve(&firing->timers, TIMERS),
                     CHUTES_OK);
    for (int i = 0; i < TIMERS; i++) {
        firing->items[i].on_due = note;
    }
}

static void set(struct firing *firing, int i, int64_t due_us)
{
    chutes__timers_set(&firing->timers, &firing->items[i], due_us);
}

static void what_is_due_fires_in_the_order_of_its_times(void **state)
{
    struct firing firing;
    int64_t dues[TIMERS];
    uint32_t seed = 3;

    (void)state;
    open_firing(&firing);
    for (int i = 0; i < TIMERS; i++) {
        dues[i] = (int64_t)(next_random(&seed) % 1000) - 500;
        set(&firing, i, dues[i]);
    }
    for (int64_t now = -600; now <= 600; now += 100) {
        int before = firing.count;

        chutes__timers_fire(&firing.timers, now);
        for (int n = before; n < firing.count; n++) {
            assert_true(dues[firing.order[n]] <= now);
            assert_true(n == 0 ||
                        dues[firing.order[n - 1]] <= dues[firing.order[n]]);
        }
        assert_true(chutes__timers_first(&firing.timers) == NULL ||
                    chutes__timers_first(&firing.timers)->due_us > now);
    }
    assert_int_equal(firing.count, TIMERS);
    chutes__timers_dispose(&firing.timers);
}

static void set_again_at_once(struct firing *firing, int i)
{
    set(firing, i, -1000 - i);
}

static void what_is_set_while_others_fire_waits_for_the_next_time(void **state)
{
    struct firing firing;

    (void)state;
    open_firing(&firing);
    firing.then = set_again_at_once;
    set(&firing, 0, 1);
    set(&firing, 1, 2);
    chutes__timers_fire(&firing.timers, 5);
    assert_int_equal(firing.count, 2);
    firing.then = NULL;
    chutes__timers_fire(&firing.timers, 5);
    assert_int_equal(firing.count, 4);
    assert_int_equal(firing.order[2], 1);
    assert_int_equal(firing.order[3], 0);
    assert_null(chutes__timers_first(&firing.timers));
    chutes__timers_dispose(&firing.timers);
}

static void disturb_the_others(struct firing *firing, int i)
{
    if (i == 0) {
        set(firing, 1, CHUTES__CLOCK_NEVER);
        set(firing, 2, 100);
        set(firing, 3, 0);
        set(firing, 5, 0);
    }
}

static void what_is_unset_or_moved_while_others_fire_does_not_fire(void **state)
{
    struct firing firing;

    (void)state;
    open_firing(&firing);
    firing.then = disturb_the_others;
    for (int i = 0; i < 5; i++) {
        set(&firing, i, i);
    }
    chutes__timers_fire(&firing.timers, 10);
    assert_int_equal(firing.count, 2);
    assert_int_equal(firing.order[0], 0);
    assert_int_equal(firing.order[1], 4);
    chutes__timers_fire(&firing.timers, 10);
    assert_int_equal(firing.count, 4);
    assert_int_equal(firing.order[2] + firing.order[3], 3 + 5);
    assert_ptr_equal(chutes__timers_first(&firing.timers), &firing.items[2]);
    set(&firing, 2, CHUTES__CLOCK_NEVER);
    chutes__timers_dispose(&firing.timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_timer_is_first_of_none),
        cmocka_unit_test(timers_come_up_in_order),
        cmocka_unit_test(timers_of_the_same_time_keep_their_order),
        cmocka_unit_test(timers_may_be_set_anew_and_unset_in_any_order),
        cmocka_unit_test(room_grows_and_keeps_what_is_set),
        cmocka_unit_test(what_is_due_fires_in_the_order_of_its_times),
        cmocka_unit_test(what_is_set_while_others_fire_waits_for_the_next_time),
        cmocka_unit_test(
            what_is_unset_or_moved_while_others_fire_does_not_fire),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
