/* SPDX-License-Identifier: MIT */
#include "request/retry_after.h"
#include "test.h"

#include <string.h>

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW 784111777
#define TEN_YEARS_MS ((int64_t)10 * 366 * 24 * 3600 * 1000)

static const struct {
    const char *value;
    int64_t ms;
} SECONDS[] = {
    {NULL, -1},
    {"", -1},
    {"0", 0},
    {"1", 1000},
    {"7", 7000},
    {"007", 7000},
    {"60", 60000},
    {"3600", 3600000},
    {"0.5", 500},
    {"1.25", 1250},
    {"0.0004", 0},
    {"0.0006", 1},
    {"120.0", 120000},
    {"2147483648", TEN_YEARS_MS},
    {"99999999999999999999", TEN_YEARS_MS},
    {"99999999999999999999.5", TEN_YEARS_MS},
    {"-7", -1},
    {"-0", -1},
    {"+7", -1},
    {"1e3", -1},
    {"0x10", -1},
    {"1_000", -1},
    {"1,5", -1},
    {"7 seconds", -1},
    {"7s", -1},
    {" 7", -1},
    {"7 ", -1},
    {".", -1},
    {"..", -1},
    {"1.2.3", -1},
    {"1..2", -1},
    {"inf", -1},
    {"nan", -1},
    {"NaN", -1},
    {"soon", -1},
    {"tomorrow", -1},
    {"Sun", -1},
    {"Sunday", -1},
    {"Thanks for all the fish", -1},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
    {"Sun, 06 Nov 1994 08:49:38 GMT", 1000},
    {"Sun, 06 Nov 1994 08:50:37 GMT", 60000},
    {"Sunday, 06-Nov-94 08:49:38 GMT", 1000},
    {"Sun Nov  6 08:49:38 1994", 1000},
    {"Sun, 06 Nov 1994 08:49:36 GMT", -1},
    {"Thu, 01 Jan 1970 00:00:00 GMT", -1},
    {"Wed, 06 Nov 2999 08:49:37 GMT", TEN_YEARS_MS},
    {"sun, 06 nov 1994 08:49:38 GMT", 1000},
    {"Sun, 6 Nov 1994 08:49:38 GMT", 1000},
    {"Sun, 06 Nov 1994 08:49:38 +0000", 1000},
    {"Sun, 06 Nov 1994 08:49:38", 1000},
    {"Sun, 06 Nov 1994 24:49:38 GMT", -1},
    {"Sun, 06 Nov 1994 08:60:38 GMT", -1},
    {"Sun, 06 Nom 1994 08:49:38 GMT", -1},
    {"Sun, 99 Nov 1994 08:49:37 GMT", -1},
    {"1994-11-06T08:49:38Z", -1},
};

static void seconds_fractions_and_dates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(SECONDS); i++) {
        int64_t ms = chutes__retry_after_parse(SECONDS[i].value, NULL, NOW);

        if (ms != SECONDS[i].ms) {
            fail_msg("\"%s\": %lld, expected %lld", SECONDS[i].value,
                     (long long)ms, (long long)SECONDS[i].ms);
        }
    }
}

/* Both dates come from the server's clock, so ours doesn't matter. */
static void a_date_counts_from_the_date_of_the_answer(void **state)
{
    static const char value[] = "Sun, 06 Nov 1994 08:49:47 GMT";
    static const struct {
        const char *date;
        int64_t ms;
    } cases[] = {
        {NULL, 10000},
        {"", 10000},
        {"yesterday", 10000},
        {"Sun, 06 Nov 1994 08:49:47 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:44 GMT", 3000},
        {"Sunday, 06-Nov-94 08:49:44 GMT", 3000},
        {"Sun, 06 Nov 1994 08:49:48 GMT", -1},
        {"Thu, 06 Nov 2025 08:49:44 GMT", -1},
        {"Sun, 06 Nov 1994 07:49:47 GMT", 3600000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t ms = chutes__retry_after_parse(value, cases[i].date, NOW);

        if (ms != cases[i].ms) {
            fail_msg("\"%s\": %lld", cases[i].date, (long long)ms);
        }
    }
    assert_int_equal(
        chutes__retry_after_parse("7", "Sun, 06 Nov 1994 08:49:47 GMT", NOW),
        7000);
}

static void only_dates_are_dates(void **state)
{
    (void)state;
    assert_true(chutes__retry_after_is_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_true(chutes__retry_after_is_date("Sun Nov  6 08:49:38 1994"));
    assert_false(chutes__retry_after_is_date(NULL));
    assert_false(chutes__retry_after_is_date("7"));
    assert_false(chutes__retry_after_is_date("soon"));
    assert_false(chutes__retry_after_is_date("1994-11-06T08:49:38Z"));
}

static const struct {
    const char *value;
    int64_t ms;
} MILLISECONDS[] = {
    {NULL, -1},     {"", -1},
    {"0", 0},       {"1", 1},
    {"250", 250},   {"250.4", 250},
    {"250.5", 251}, {"99999999999999999999", TEN_YEARS_MS},
    {"-1", -1},     {"1e3", -1},
    {"250ms", -1},  {"Sun, 06 Nov 1994 08:49:38 GMT", -1},
};

static void milliseconds_are_no_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(MILLISECONDS); i++) {
        int64_t ms = chutes__retry_after_ms_parse(MILLISECONDS[i].value);

        if (ms != MILLISECONDS[i].ms) {
            fail_msg("\"%s\": %lld, expected %lld", MILLISECONDS[i].value,
                     (long long)ms, (long long)MILLISECONDS[i].ms);
        }
    }
}

static void digits_without_end_saturate(void **state)
{
    char digits[4096];

    (void)state;
    memset(digits, '9', sizeof(digits));
    digits[sizeof(digits) - 1] = '\0';
    assert_int_equal(chutes__retry_after_parse(digits, NULL, NOW),
                     TEN_YEARS_MS);
    assert_int_equal(chutes__retry_after_ms_parse(digits), TEN_YEARS_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_fractions_and_dates_are_read),
        cmocka_unit_test(a_date_counts_from_the_date_of_the_answer),
        cmocka_unit_test(only_dates_are_dates),
        cmocka_unit_test(milliseconds_are_no_dates),
        cmocka_unit_test(digits_without_end_saturate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
