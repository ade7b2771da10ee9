/* SPDX-License-Identifier: MIT */
/* Arrays of numbers, read as floats. */
#include "json/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Xorshift (Marsaglia 2003): the same numbers everywhere. */
static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void check_float(const char *number)
{
    struct chutes__json_reader reader;
    char text[64];
    float want = strtof(number, NULL);
    float got[2] = {0};
    size_t count;

    (void)snprintf(text, sizeof(text), "[%s]", number);
    chutes__json_init(&reader, text, strlen(text), 1);
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_read_floats(&reader, got, 2, &count));
    assert_true(chutes__json_finish(&reader));
    assert_int_equal(count, 1);
    if (memcmp(&got[0], &want, sizeof(want)) != 0) {
        fail_msg("%s gives %.9g, want %.9g", number, (double)got[0],
                 (double)want);
    }
}

static const char *const FLOATS[] = {
    "0",
    "-0.0",
    "1",
    "-0.025",
    "16777217", /* between two floats */
    "16777219",
    "16777217.0000000001",
    "16777216.9999999999",
    "1.00000005960464477539062500",
    "1.00000005960464477539062501",
    "1.00000005960464477539062499",
    "3.4028234663852886e38",
    "3.4028235677973366e38",
    "3.4028235677973365e38",
    "1e39",
    "1e400",
    "1.1754943508222875e-38",
    "1.1754942807573643e-38",
    "1.401298464324817e-45",
    "7.0064923216240853e-46",
    "7.0064923216240854e-46",
    "1e-50",
    "123456789012345678901234567890",
};

static void floats_are_rounded_once(void **state)
{
    size_t i;
    int round;

    (void)state;
    for (i = 0; i < sizeof(FLOATS) / sizeof(FLOATS[0]); i++) {
        check_float(FLOATS[i]);
    }
    for (round = 0; round < 50000; round++) {
        uint32_t bits = (uint32_t)next_random();
        float number;
        float next;
        char text[60];

        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number)) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "%.17g", (double)number);
        check_float(text);
        (void)snprintf(text, sizeof(text), "%.*e", (int)(next_random() % 12),
                       (double)number);
        check_float(text);
        /* The middle between two neighbours, cut at many places. */
        bits++;
        memcpy(&next, &bits, sizeof(next));
        (void)snprintf(text, sizeof(text), "%.*e",
                       (int)(next_random() % 10 + 14),
                       ((double)number + (double)next) / 2);
        if (isfinite(next)) {
            check_float(text);
        }
    }
}

static const struct floats_case {
    const char *text;
    size_t count;
    const char *fault; /* NULL: none */
} FLOATS_CASES[] = {
    {"[]", 0, NULL},
    {" [ 1 , -2.5e0,\n3 ] ", 3, NULL},
    {"[1,2,3,4]", 4, NULL},
    {"[1,2,3,4,5]", 4, "too many numbers"},
    {"[1,null]", 1, "not a number"},
    {"[\"1\"]", 0, "not a number"},
    {"[1,[2]]", 1, "not a number"},
    {"[NaN]", 0, "no value starts here"},
    {"[1,]", 1, "no value starts here"},
    {"[1 2]", 1, "neither a comma nor the closing bracket"},
    {"[01]", 0, "a leading zero"},
    {"[1.]", 0, "a malformed number"},
    {"[1e]", 0, "a malformed number"},
    {"[-]", 0, "a malformed number"},
    {"[1", 1, "the text ends too early"},
    {"[1,", 1, "the text ends too early"},
    {"[1.5e", 0, "a malformed number"},
    {"[0x1]", 1, "neither a comma nor the closing bracket"},
};

static void arrays_of_floats_hold_numbers_alone(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(FLOATS_CASES) / sizeof(FLOATS_CASES[0]); i++) {
        const struct floats_case *c = &FLOATS_CASES[i];
        size_t len = strlen(c->text);
        char *exact = malloc(len);
        struct chutes__json_reader reader;
        float out[4];
        size_t count = 99;

        assert_non_null(exact);
        memcpy(exact, c->text, len);
        chutes__json_init(&reader, exact, len, 8);
        assert_true(chutes__json_enter_array(&reader));
        assert_int_equal(chutes__json_read_floats(&reader, out, 4, &count),
                         c->fault == NULL);
        assert_int_equal(count, c->count);
        assert_int_equal(chutes__json_finish(&reader), c->fault == NULL);
        if (c->fault != NULL) {
            assert_string_equal(reader.fault, c->fault);
        }
        free(exact);
    }
}

static void an_array_of_floats_may_be_one_of_many_values(void **state)
{
    static const char text[] =
        "{\"a\":[1.5,2],\"b\":[[3],[4,5]],\"c\":\"end\"}";
    struct chutes__json_reader reader;
    struct chutes__json_value value;
    float out[8];
    size_t total = 0;
    size_t count;

    (void)state;
    chutes__json_init(&reader, text, sizeof(text) - 1, 8);
    assert_true(chutes__json_enter_object(&reader));
    assert_true(chutes__json_next_member(&reader, &value));
    assert_true(chutes__json_enter_array(&reader));
    assert_true(chutes__json_read_floats(&reader, out, 8, &total));
    assert_true(chutes__json_next_member(&reader, &value));
    assert_true(chutes__json_enter_array(&reader));
    while (chutes__json_next_element(&reader)) {
        assert_true(chutes__json_enter_array(&reader));
        assert_true(
            chutes__json_read_floats(&reader, out + total, 8 - total, &count));
        total += count;
    }
    assert_true(chutes__json_next_member(&reader, &value));
    chutes__json_read(&reader, &value);
    assert_true(chutes__json_key_is(&value, "end"));
    assert_false(chutes__json_next_member(&reader, &value));
    assert_true(chutes__json_finish(&reader));
    assert_int_equal(total, 5);
    assert_true(out[0] == 1.5F && out[1] == 2 && out[4] == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_rounded_once),
        cmocka_unit_test(arrays_of_floats_hold_numbers_alone),
        cmocka_unit_test(an_array_of_floats_may_be_one_of_many_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
