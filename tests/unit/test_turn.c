/* SPDX-License-Identifier: MIT */
#include "transport/turn.h"

#include <unistd.h>

#include "base/clock.h"
#include "test.h"

/* Slow enough for one callback to use up the turn of a transfer. */
enum { SLOW_US = 2 * CHUTES__MAX_TURN_US, QUICK_CALLS = 100 };

/* A flood of quick events must not hide that the application begins to
 * block. */
static void a_consumer_that_begins_to_block_loses_its_turn(void **state)
{
    struct chutes__turn turn;
    int64_t now_us = chutes__clock_now_us();
    int slow = 0;

    (void)state;
    chutes__turn_begin_step(&turn, now_us);
    chutes__turn_begin(&turn, &slow, now_us);
    for (int i = 0; i < QUICK_CALLS; i++) {
        (void)chutes__turn_is_over(&turn, &now_us);
    }
    do {
        assert_true(slow < CHUTES__MAX_UNTIMED);
        usleep(SLOW_US);
        slow++;
    } while (!chutes__turn_is_over(&turn, &now_us));
    assert_false(chutes__turn_may_begin(&turn, &slow, now_us));
}

/* The documentation of chutes_loop_poll() says so. */
static void at_most_four_callbacks_are_untimed(void **state)
{
    (void)state;
    assert_int_equal(CHUTES__MAX_UNTIMED, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_consumer_that_begins_to_block_loses_its_turn),
        cmocka_unit_test(at_most_four_callbacks_are_untimed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
