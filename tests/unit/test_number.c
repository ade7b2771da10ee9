/* SPDX-License-Identifier: MIT */
#include "test.h"
#include "json/reader.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_random.h"

/* Reads any value; the text must outlive it. */
static struct chutes__json_value read_value(const char *text)
{
    struct chutes__json_reader reader;
    struct chutes__json_value value;

    chutes__json_init(&reader, text, strlen(text), 8);
    chutes__json_read(&reader, &value);
    if (!chutes__json_finish(&reader)) {
        fail_msg("%s: %s", text, reader.fault);
    }
    return value;
}

static uint64_t seed = 1;

static const struct int_case {
    const char *text;
    bool is_integer;
    int64_t want;
} INT_CASES[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"1", true, 1},
    {"-1", true, -1},
    {"1735689600", true, 1735689600},
    {"9007199254740993", true, 9007199254740993}, /* no double has this value */
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775807", true, -INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"18446744073709551615", false, 0},
    {"18446744073709551616", false, 0},
    {"99999999999999999999999999", false, 0},
    /* integers in other notations */
    {"1.0", true, 1},
    {"1e2", true, 100},
    {"-1.5E+1", true, -15},
    {"100e-2", true, 1},
    {"1.23456e5", true, 123456},
    {"9.223372036854775807e18", true, INT64_MAX},
    {"9.223372036854775808e18", false, 0},
    {"-9.223372036854775808e18", true, INT64_MIN},
    {"92233720368547758070e-1", true, INT64_MAX},
    {"9223372036854775807.000000000000000000000000", true, INT64_MAX},
    {"1.00000000000000000000000000000000000000", true, 1},
    {"10000000000000000000000000e-25", true, 1},
    {"0.00000000000000000000000000000005e32", true, 5},
    {"0e999999999999999999999999", true, 0},
    {"0.000e-999999999999999999999999", true, 0},
    {"1e18", true, 1000000000000000000},
    /* not integers, or out of range */
    {"0.5", false, 0},
    {"1.5", false, 0},
    {"15e-1", false, 0},
    {"1e-1", false, 0},
    {"1e19", false, 0},
    {"1e400", false, 0},
    {"1e-400", false, 0},
    {"1e99999999999999999999999", false, 0},
    {"1e-99999999999999999999999", false, 0},
    {"1.00000000000000000000000000000000000001", false, 0},
    {"10000000000000000000000000000000000001e-37", false, 0},
};

static void integers_are_exact_or_refused(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(INT_CASES); i++) {
        const struct int_case *c = &INT_CASES[i];
        struct chutes__json_value value = read_value(c->text);
        int64_t number = 77;

        if (chutes__json_to_int64(&value, &number) != c->is_integer ||
            number != (c->is_integer ? c->want : 77)) {
            fail_msg("%s gives %" PRId64, c->text, number);
        }
    }
}

static void every_way_to_write_an_integer_is_read(void **state)
{
    int round;

    (void)state;
    for (round = 0; round < 20000; round++) {
        int64_t want = (int64_t)fault_random(&seed) >> fault_random(&seed) % 64;
        int zeros = (int)(fault_random(&seed) % 30);
        struct chutes__json_value value;
        char text[128];
        int64_t number;

        (void)snprintf(text, sizeof(text), "%" PRId64, want);
        value = read_value(text);
        assert_true(chutes__json_to_int64(&value, &number));
        assert_true(number == want);
        (void)snprintf(text, sizeof(text), "%" PRId64 ".%.*se0", want,
                       zeros + 1, "000000000000000000000000000000");
        value = read_value(text);
        assert_true(chutes__json_to_int64(&value, &number));
        assert_true(number == want);
        (void)snprintf(text, sizeof(text), "%" PRId64 "%.*sE-%d", want,
                       want == 0 ? 0 : zeros, "000000000000000000000000000000",
                       zeros);
        value = read_value(text);
        assert_true(chutes__json_to_int64(&value, &number));
        assert_true(number == want);
    }
}

static void other_values_are_no_numbers(void **state)
{
    static const char *const texts[] = {"null", "true", "false", "\"1\"",
                                        "[]",   "[1]",  "{}"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(texts); i++) {
        struct chutes__json_value value = read_value(texts[i]);
        int64_t integer;
        double number;

        assert_false(chutes__json_to_int64(&value, &integer));
        assert_false(chutes__json_to_double(&value, &number));
    }
}

static void strings_with_integers_are_read_leniently(void **state)
{
    static const struct int_case cases[] = {
        {"12", true, 12},
        {"\"12\"", true, 12},
        {"\"-9223372036854775808\"", true, INT64_MIN},
        {"\"1.0\"", true, 1},
        {"\"\"", false, 0},
        {"\"x\"", false, 0},
        {"\"12x\"", false, 0},
        {"\"+1\"", false, 0},
        {"\"007\"", false, 0},
        {"\"1.5\"", false, 0},
        {"\"9223372036854775808\"", false, 0},
        {"\"null\"", false, 0},
        {"\"[1]\"", false, 0},
        {"\"[[1]]\"", false, 0},
        {"\"\\u0031\"", false, 0},
        {"\"\\\"1\\\"\"", false, 0},
        {"null", false, 0},
        {"[12]", false, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct chutes__json_value value = read_value(cases[i].text);
        int64_t number = 0;

        if (chutes__json_to_int64_lenient(&value, &number) !=
                cases[i].is_integer ||
            number != cases[i].want) {
            fail_msg("%s gives %" PRId64, cases[i].text, number);
        }
    }
}

static uint64_t bits_of(double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

/* The quick way of chutes__json_scan_double() accepts no number that it can't
 * convert correctly, whatever follows. */
static void check_scan(const char *text)
{
    const size_t len = strlen(text);
    char padded[4096];
    const char *end;
    double number;

    assert_true(len + 64 < sizeof(padded));
    memset(padded, ',', sizeof(padded));
    memcpy(padded, text, len);
    for (size_t rest = 0; rest <= 64; rest += 64) {
        end = chutes__json_scan_double(padded, padded + len + rest, &number);
        if (end != NULL && (end != padded + len ||
                            bits_of(number) != bits_of(strtod(text, NULL)))) {
            fail_msg("%s gives %.17g, want %.17g", text, number,
                     strtod(text, NULL));
        }
    }
}

/* Compares with strtod(): glibc rounds correctly, and in the C locale the
 * decimal point is a point. */
static void check_double(const char *text)
{
    struct chutes__json_value value = read_value(text);
    double number;

    assert_true(chutes__json_to_double(&value, &number));
    if (bits_of(number) != bits_of(strtod(text, NULL))) {
        fail_msg("%s gives %.17g, want %.17g", text, number,
                 strtod(text, NULL));
    }
    check_scan(text);
}

static const char *const DOUBLES[] = {
    "0",
    "-0",
    "0.0e5",
    "0e400",
    "-0e-400",
    "0.000e99999999999999999999",
    "-0.0",
    "1",
    "0.1",
    "-2.5",
    "3.141592653589793",
    "1e22",
    "1e23",
    "1e-22",
    "1e-23",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "9007199254740992.9999999999999999999",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "1e309",
    "-1e400",
    "1e999999999999999999999",
    "2.2250738585072014e-308",
    "2.2250738585072011e-308", /* PHP and Java once hung on this */
    "4.9406564584124654e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "1e-400",
    "1e-999999999999999999999",
    "123456789012345678901234567890",
    "0.000000000000000000000000000000000000000000000000000000000000000000001",
    "1448997445238699", /* halfway between two doubles */
    "6929495644600919.5",
    "9007199254740993e0",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "1.00000000000000011102230246251565404236316680908203126",
    "1.00000000000000033306690738754696212708950042724609375",
};

static void doubles_are_rounded_correctly(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(DOUBLES); i++) {
        check_double(DOUBLES[i]);
    }
}

static void random_doubles_are_rounded_correctly(void **state)
{
    int round;

    (void)state;
    for (round = 0; round < 30000; round++) {
        uint64_t bits = fault_random(&seed);
        char text[64];
        double number;

        memcpy(&number, &bits, sizeof(number));
        if (isfinite(number)) {
            (void)snprintf(text, sizeof(text), "%.*e",
                           (int)(fault_random(&seed) % 20), number);
            check_double(text);
        }
        number = (double)(int64_t)fault_random(&seed) / 9.3e18;
        (void)snprintf(text, sizeof(text), "%.*f",
                       (int)(fault_random(&seed) % 25), number);
        check_double(text);
        (void)snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "e%d",
                       fault_random(&seed) >> fault_random(&seed) % 64,
                       fault_random(&seed),
                       (int)(fault_random(&seed) % 60) - 30);
        check_double(text);
    }
}

/* With as many digits as fit into 64 bits: on either side of the middle, or in
 * it. */
static void numbers_near_the_middle_are_rounded_correctly(void **state)
{
    (void)state;
    for (int round = 0; round < 30000; round++) {
        const double low = (double)(fault_random(&seed) >> 1) /
                           ldexp(1, 60 + (int)(fault_random(&seed) % 20));
        const double high = nextafter(low, INFINITY);
        char text[64];

        (void)snprintf(text, sizeof(text), "-%.*Le",
                       16 + (int)(fault_random(&seed) % 3),
                       ((long double)low + (long double)high) / 2);
        check_double(text);
    }
}

/* The middle between two doubles, then with one more digit far behind: rounding
 * depends on that digit. */
static void digits_count_however_many_there_are(void **state)
{
    enum { LEN = 3000 };
    static const char middle[] =
        "1.00000000000000011102230246251565404236316680908203125";
    char text[LEN + 8];
    size_t len;

    (void)state;
    for (len = sizeof(middle); len < LEN; len += 97) {
        memcpy(text, middle, sizeof(middle) - 1);
        memset(text + sizeof(middle) - 1, '0', len - sizeof(middle) + 1);
        text[len] = '\0';
        check_double(text);
        text[len - 1] = '1';
        check_double(text);
        memset(text, '9', len);
        check_double(text);
        memset(text, '0', len);
        text[1] = '.';
        text[len - 1] = '7';
        check_double(text);
        memcpy(text + len, "e3000", 6);
        check_double(text);
    }
}

static void the_locale_does_not_matter(void **state)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "ru_RU.UTF-8"};
    struct chutes__json_value value = read_value("-1234567890123456789.25e-3");
    double want = -1234567890123456.75;
    double number;
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
    assert_true(chutes__json_to_double(&value, &number));
    assert_true(number == want);
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_exact_or_refused),
        cmocka_unit_test(every_way_to_write_an_integer_is_read),
        cmocka_unit_test(other_values_are_no_numbers),
        cmocka_unit_test(strings_with_integers_are_read_leniently),
        cmocka_unit_test(doubles_are_rounded_correctly),
        cmocka_unit_test(random_doubles_are_rounded_correctly),
        cmocka_unit_test(numbers_near_the_middle_are_rounded_correctly),
        cmocka_unit_test(digits_count_however_many_there_are),
        cmocka_unit_test(the_locale_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
