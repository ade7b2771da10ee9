/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "test.h"

#include <time.h>

static void the_clock_never_goes_back_and_counts_microseconds(void **state)
{
    struct timespec reference;
    int64_t before = chutes__clock_now_us();
    int64_t reference_us;
    int64_t after;

    (void)state;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &reference), 0);
    after = chutes__clock_now_us();
    reference_us =
        (int64_t)reference.tv_sec * 1000000 + reference.tv_nsec / 1000;
    assert_true(before <= reference_us && reference_us <= after);
}

static void deadlines_are_added_without_overflow(void **state)
{
    static const struct {
        int64_t now_us;
        int64_t ms;
        int64_t want;
    } cases[] = {
        {5, 1, 1005},
        {0, 600000, 600000000},
        {1000, 0, CHUTES__CLOCK_NEVER},
        {1000, -1, CHUTES__CLOCK_NEVER},
        {1000, INT64_MIN, CHUTES__CLOCK_NEVER},
        {0, INT64_MAX / 1000, INT64_MAX / 1000 * 1000},
        {0, INT64_MAX / 1000 + 1, CHUTES__CLOCK_NEVER},
        {1000, INT64_MAX / 1000, CHUTES__CLOCK_NEVER},
        {1, INT64_MAX, CHUTES__CLOCK_NEVER},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        assert_true(chutes__clock_after_ms(cases[i].now_us, cases[i].ms) ==
                    cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_never_goes_back_and_counts_microseconds),
        cmocka_unit_test(deadlines_are_added_without_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
