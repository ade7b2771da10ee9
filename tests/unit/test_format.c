/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "json/format.h"

#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The results are those of JavaScript's Number::toString(). */
static const struct format_case {
    double number;
    const char *want;
} CASES[] = {
    {0, "0"},
    {-0.0, "-0.0"},
    {1, "1"},
    {-1, "-1"},
    {0.1, "0.1"},
    {0.7, "0.7"},
    {-2.5, "-2.5"},
    {0.30000000000000004, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {100, "100"},
    {123456.789, "123456.789"},
    {9007199254740993.0, "9007199254740992"},
    {123456789012345680000.0, "123456789012345680000"},
    {1e20, "100000000000000000000"},
    {1e21, "1e21"},
    {1.5e300, "1.5e300"},
    {-1.25e-9, "-1.25e-9"},
    {0.000001, "0.000001"},
    {0.0000012, "0.0000012"},
    {0.0000001, "1e-7"},
    {DBL_MAX, "1.7976931348623157e308"},
    {-DBL_MAX, "-1.7976931348623157e308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {4.9406564584124654e-324, "5e-324"},
    {5e-324, "5e-324"},
    {(double)0.1F, "0.10000000149011612"},
};
enum { CASE_COUNT = COUNT(CASES) };

static void check_cases(void)
{
    size_t i;

    for (i = 0; i < CASE_COUNT; i++) {
        char text[CHUTES__JSON_DOUBLE_SIZE];

        chutes__json_format_double(text, CASES[i].number);
        assert_string_equal(text, CASES[i].want);
    }
}

static void numbers_are_written_as_in_javascript(void **state)
{
    (void)state;
    check_cases();
}

static void a_comma_in_the_locale_changes_nothing(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "ru_RU.UTF-8"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(names); i++) {
        if (setlocale(LC_ALL, names[i]) != NULL) {
            break;
        }
    }
    if (*localeconv()->decimal_point != ',') {
        print_message("no locale with a comma here: not tried\n");
    }
    check_cases();
    (void)setlocale(LC_ALL, "C");
}

static int count_digits(const char *text)
{
    const char *first = text + strcspn(text, "123456789");
    const char *end = text + strcspn(text, "e");
    int count = 0;
    int zeros = 0;

    for (; first < end; first++) {
        if (*first == '0') {
            zeros++;
        } else if (*first != '.') {
            count += zeros + 1;
            zeros = 0;
        }
    }
    return count;
}

static void random_numbers_come_back_from_the_fewest_digits(void **state)
{
    uint64_t random = 88172645463325252U;
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        char text[CHUTES__JSON_DOUBLE_SIZE];
        char shorter[64];
        double number;
        int digits;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        memcpy(&number, &random, sizeof(number));
        if (!isfinite(number)) {
            continue;
        }
        if (round % 2 == 0) {
            number = (double)(int64_t)(random >> 8) / 1e9;
        }
        chutes__json_format_double(text, number);
        assert_true(strtod(text, NULL) == number);
        digits = count_digits(text);
        assert_in_range(digits, 0, 17);
        if (digits > 1) {
            (void)snprintf(shorter, sizeof(shorter), "%.*e", digits - 2,
                           number);
            assert_false(strtod(shorter, NULL) == number);
        }
    }
}

static void thousandths_are_short_too(void **state)
{
    (void)state;
    for (int64_t count = -3000; count <= 3000000000;
         count += count > 5000 ? count / 7 : 1) {
        char text[CHUTES__JSON_DOUBLE_SIZE];
        char want[64];
        size_t len;

        if (count == 0) {
            continue;
        }
        (void)snprintf(want, sizeof(want), "%.3f", (double)count / 1000);
        len = strlen(want);
        while (want[len - 1] == '0') {
            want[--len] = '\0';
        }
        if (want[len - 1] == '.') {
            want[len - 1] = '\0';
        }
        chutes__json_format_double(text, (double)count / 1000);
        assert_string_equal(text, want);
        /* Its neighbours need all digits. */
        chutes__json_format_double(text, nextafter((double)count / 1000, 1e9));
        assert_true(strtod(text, NULL) == nextafter((double)count / 1000, 1e9));
    }
}

static void integers_are_exact(void **state)
{
    static const int64_t numbers[] = {0,   7,         -1,        10,
                                      -99, INT64_MAX, INT64_MIN, INT64_MIN + 1};

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char text[CHUTES__JSON_INT_SIZE];
        char want[32];

        (void)snprintf(want, sizeof(want), "%" PRId64, numbers[i]);
        assert_ptr_equal(chutes__json_format_int(text, numbers[i]),
                         text + strlen(want));
        assert_string_equal(text, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_as_in_javascript),
        cmocka_unit_test(a_comma_in_the_locale_changes_nothing),
        cmocka_unit_test(random_numbers_come_back_from_the_fewest_digits),
        cmocka_unit_test(thousandths_are_short_too),
        cmocka_unit_test(integers_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
