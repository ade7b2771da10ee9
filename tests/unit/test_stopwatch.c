/* SPDX-License-Identifier: MIT */
#include "transport/stopwatch.h"

#include "base/clock.h"
#include "test.h"

#define MS INT64_C(1000)

struct clock_case {
    const char *name;
    struct chutes__stopwatch watch;
    int64_t due_us;
    enum chutes__clock clock;
};

/* connect, first byte, idle, progress, total, finish */
#define ALL                         \
    {                               \
        10, 2000, 300, 500, 9000, 0 \
    }
#define OFF               \
    {                     \
        10, 0, 0, 0, 0, 0 \
    }

static const struct clock_case CASES[] = {
    {"all off",
     {OFF, 1, 0, 1, 1, 1, 0, 0, false, false, 0},
     CHUTES__CLOCK_NEVER,
     CHUTES__CLOCK_NONE},
    {"the total runs from the start",
     {ALL, 5, 0, 0, 0, 0, 0, 0, false, false, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"connecting has its time from when it begins",
     {ALL, 5, 3000 * MS, 0, 0, 0, 0, 0, false, false, 0},
     3010 * MS,
     CHUTES__CLOCK_CONNECT},
    {"paused as well",
     {ALL, 5, 6, 0, 0, 0, 0, 0, true, false, 0},
     6 + 10 * MS,
     CHUTES__CLOCK_CONNECT},
    {"with the request it is over",
     {OFF, 5, 6, 7, 0, 0, 0, 0, false, false, 0},
     CHUTES__CLOCK_NEVER,
     CHUTES__CLOCK_NONE},
    {"the first byte is awaited from the request on",
     {ALL, 5, 0, 7, 0, 0, 0, 0, false, false, 0},
     7 + 2000 * MS,
     CHUTES__CLOCK_FIRST_BYTE},
    {"the total may be first",
     {ALL, 5, 0, 8000 * MS, 0, 0, 0, 0, false, false, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"after a byte silence counts",
     {ALL, 5, 0, 7, 100, 100, 0, 0, false, false, 0},
     100 + 300 * MS,
     CHUTES__CLOCK_IDLE},
    {"bytes alone are no progress",
     {ALL, 5, 0, 7, 400 * MS, 100, 0, 0, false, false, 0},
     100 + 500 * MS,
     CHUTES__CLOCK_PROGRESS},
    {"a late byte doesn't outlive the total",
     {ALL, 5, 0, 7, 8900 * MS, 8900 * MS, 0, 0, false, false, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"a whole answer has its grace only",
     {ALL, 5, 0, 7, 100, 100, 0, 200, false, false, 0},
     200 + 100 * MS,
     CHUTES__CLOCK_GRACE},
    {"grace is given with all off",
     {OFF, 5, 0, 7, 100, 100, 0, 200, false, false, 0},
     200 + 100 * MS,
     CHUTES__CLOCK_GRACE},
    {"an answer that may be whole is to end",
     {{10, 2000, 300, 500, 9000, 200},
      5,
      0,
      7,
      250 * MS,
      40,
      50,
      0,
      false,
      false,
      0},
     50 + 200 * MS,
     CHUTES__CLOCK_FINISH},
    {"paused, it may take its time",
     {{10, 2000, 300, 500, 9000, 200},
      5,
      0,
      7,
      250 * MS,
      40,
      50,
      0,
      true,
      false,
      0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"paused, nobody waits for a first byte",
     {ALL, 5, 0, 7, 0, 0, 0, 0, true, false, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"paused, nobody waits for more",
     {ALL, 5, 0, 7, 100, 100, 0, 0, true, false, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"paused with the total off",
     {{10, 2000, 300, 500, 0, 0}, 5, 0, 7, 100, 100, 0, 0, true, false, 0},
     CHUTES__CLOCK_NEVER,
     CHUTES__CLOCK_NONE},
    {"paused, a whole answer has its grace",
     {ALL, 5, 0, 7, 100, 100, 0, 200, true, false, 0},
     200 + 100 * MS,
     CHUTES__CLOCK_GRACE},
    {"of an answer that is over the total is left",
     {ALL, 5, 0, 7, 100, 100, 0, 0, false, true, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
    {"also of a whole one",
     {ALL, 5, 0, 7, 100, 100, 0, 200, true, true, 0},
     5 + 9000 * MS,
     CHUTES__CLOCK_TOTAL},
};

static void the_first_clock_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        enum chutes__clock clock;
        int64_t due_us = chutes__stopwatch_due(&CASES[i].watch, &clock);

        if (due_us != CASES[i].due_us || clock != CASES[i].clock) {
            fail_msg("%s: %lld, clock %d", CASES[i].name, (long long)due_us,
                     (int)clock);
        }
    }
}

static void messages_name_the_clock_and_its_limit(void **state)
{
    static const struct {
        enum chutes__clock clock;
        const char *want;
    } cases[] = {
        {CHUTES__CLOCK_FIRST_BYTE, "no byte of the answer came within 2000 ms "
                                   "(first_byte_timeout_ms)"},
        {CHUTES__CLOCK_IDLE,
         "no byte of the answer came for 300 ms (idle_timeout_ms)"},
        {CHUTES__CLOCK_PROGRESS,
         "no event of the stream came for 500 ms (progress_timeout_ms)"},
        {CHUTES__CLOCK_TOTAL,
         "the call took longer than 9000 ms (total_timeout_ms)"},
        {CHUTES__CLOCK_GRACE, ""},
    };
    const struct chutes__stopwatch watch = {.limits = ALL};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char message[256];

        chutes__stopwatch_describe(&watch, cases[i].clock, message,
                                   sizeof(message));
        assert_string_equal(message, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_clock_decides),
        cmocka_unit_test(messages_name_the_clock_and_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
