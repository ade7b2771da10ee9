/* SPDX-License-Identifier: MIT */
/* Arrays of numbers that are read as floats. */
#include "test.h"
#include "json/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_random.h"

static uint64_t seed = 1;

/* What may surround a number. How many bytes are read at once depends on what
 * follows. */
static const struct {
    const char *before;
    const char *after;
    size_t at;
} PLACES[] = {
    {"[", "]", 0},
    {"[", "                                                         ]", 0},
    {"[0.25,", ",0.123456789012345678901,-0.5,0.123456789012345678901]", 1},
    {"[0.123456789012345678901,1,", ",\"1.5\":0.123456789012345678901]", 2},
};

static void check_float(const char *number)
{
    float want = strtof(number, NULL);

    for (size_t i = 0; i < COUNT(PLACES); i++) {
        struct chutes__json_reader reader;
        char text[160];
        float got[8] = {0};
        size_t count;

        (void)snprintf(text, sizeof(text), "%s%s%s", PLACES[i].before, number,
                       PLACES[i].after);
        chutes__json_init(&reader, text, strlen(text), 1);
        assert_true(chutes__json_enter_array(&reader));
        (void)chutes__json_read_floats(&reader, got, 8, &count);
        assert_true(count > PLACES[i].at);
        if (memcmp(&got[PLACES[i].at], &want, sizeof(want)) != 0) {
            fail_msg("%s: gives %.9g, want %.9g", text,
                     (double)got[PLACES[i].at], (double)want);
        }
    }
}

static const char *const FLOATS[] = {
    "0",
    "-0.0",
    "1",
    "-0.025",
    "16777217", /* halfway between two floats */
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
    for (i = 0; i < COUNT(FLOATS); i++) {
        check_float(FLOATS[i]);
    }
    for (round = 0; round < 50000; round++) {
        uint32_t bits = (uint32_t)fault_random(&seed);
        float number;
        float next;
        char text[60];

        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number)) {
            continue;
        }
        (void)snprintf(text, sizeof(text), "%.17g", (double)number);
        check_float(text);
        (void)snprintf(text, sizeof(text), "%.*e",
                       (int)(fault_random(&seed) % 12), (double)number);
        check_float(text);
        /* The middle between two neighbours, truncated at many places. */
        bits++;
        memcpy(&next, &bits, sizeof(next));
        (void)snprintf(text, sizeof(text), "%.*e",
                       (int)(fault_random(&seed) % 10 + 14),
                       ((double)number + (double)next) / 2);
        if (isfinite(next)) {
            check_float(text);
        }
    }
}

/* Tries one digit, a point and any number of digits, the first of which may be
 * 0. */
static void fractions_of_any_length_are_read(void **state)
{
    (void)state;
    for (int round = 0; round < 50000; round++) {
        size_t count = (size_t)(fault_random(&seed) % 30) + 1;
        size_t zeros = fault_random(&seed) % 4 == 0
                           ? (size_t)(fault_random(&seed) % count)
                           : 0;
        char text[64];
        char *at = text;

        if (fault_random(&seed) % 2 == 0) {
            *at++ = '-';
        }
        *at++ = fault_random(&seed) % 2 == 0
                    ? '0'
                    : (char)('0' + fault_random(&seed) % 10);
        *at++ = '.';
        for (size_t i = 0; i < count; i++) {
            *at++ = i < zeros ? '0' : (char)('0' + fault_random(&seed) % 10);
        }
        *at = '\0';
        if (fault_random(&seed) % 4 == 0) {
            (void)snprintf(at, 16, "%c%d",
                           fault_random(&seed) % 2 == 0 ? 'e' : 'E',
                           (int)(fault_random(&seed) % 60) - 40);
        }
        check_float(text);
    }
}

/* ---- millions of numbers, one array after another ------------------------ */

enum { ARRAYS = 600, NUMBERS = 4096, NUMBER_ROOM = 64 };

struct numbers {
    char text[NUMBERS * NUMBER_ROOM];
    char *at; /* the end of the text */
    const char *first[NUMBERS];
    float got[NUMBERS];
};

/* The last `count` digits of a number. */
static void write_digits(struct numbers *numbers, uint64_t number, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        numbers->at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    numbers->at += count;
}

/* Like the numbers of vectors: up to 30 digits after the point, which may begin
 * with zeros, and rarely an exponent. */
static void write_fraction(struct numbers *numbers)
{
    uint64_t random = fault_random(&seed);

    write_digits(numbers, random % 4 == 0 ? random >> 2 : 0, 1);
    *numbers->at++ = '.';
    write_digits(numbers, 0, random >> 8 & random >> 11 & 7);
    write_digits(numbers, fault_random(&seed), (random >> 16 & 15) + 1);
    if (random >> 20 & 1) {
        write_digits(numbers, fault_random(&seed), random >> 24 & 7);
    }
    if ((random >> 32 & 15) == 0) {
        numbers->at += snprintf(numbers->at, NUMBER_ROOM, "e%d",
                                (int)(random >> 40 & 63) - 48);
    }
}

/* The middle between two floats, which are whole numbers of 24 bits over a
 * power of two, or a decimal that is close to it. */
static void write_middle(struct numbers *numbers)
{
    uint64_t random = fault_random(&seed);
    double middle = (double)(random >> 40 | 0x800000) + 0.5;

    numbers->at +=
        snprintf(numbers->at, NUMBER_ROOM, "%.*f", (int)(random & 15) + 12,
                 ldexp(middle, -(int)(random >> 4 & 31)));
}

static void write_numbers(struct numbers *numbers)
{
    numbers->at = numbers->text;
    for (size_t i = 0; i < NUMBERS; i++) {
        *numbers->at++ = i == 0 ? '[' : ',';
        numbers->first[i] = numbers->at;
        if (i % 3 == 0) {
            *numbers->at++ = '-';
        }
        if (i % 8 == 0) {
            write_middle(numbers);
        } else {
            write_fraction(numbers);
        }
    }
    *numbers->at++ = ']';
}

static void millions_of_numbers_become_what_strtof_makes_of_them(void **state)
{
    struct numbers *numbers = calloc(1, sizeof(*numbers));
    struct chutes__json_reader reader;
    size_t count;

    (void)state;
    assert_non_null(numbers);
    for (int i = 0; i < ARRAYS; i++) {
        write_numbers(numbers);
        chutes__json_init(&reader, numbers->text,
                          (size_t)(numbers->at - numbers->text), 1);
        assert_true(chutes__json_enter_array(&reader));
        assert_true(
            chutes__json_read_floats(&reader, numbers->got, NUMBERS, &count));
        assert_int_equal(count, NUMBERS);
        for (size_t k = 0; k < NUMBERS; k++) {
            float want = strtof(numbers->first[k], NULL);

            if (memcmp(&numbers->got[k], &want, sizeof(want)) != 0) {
                fail_msg("%.*s: gives %.9g, want %.9g",
                         (int)strcspn(numbers->first[k], ",]"),
                         numbers->first[k], (double)numbers->got[k],
                         (double)want);
            }
        }
    }
    free(numbers);
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
    {"[0.5,1.5,2.5,3.5]", 4, NULL},
    {"[ -0.5 ,1.5e3,2.5E-3\n]", 3, NULL},
    {"[\n 0.5, -0.5,\n\t2.5\r\n]", 3, NULL},
    {"[0.5, ]", 1, "no value starts here"},
    {"[0.5, ,0.5]", 1, "no value starts here"},
    {"[0.5,\v0.5]", 1, "no value starts here"},
    {"[0.5,1.5,2.5,3.5,4.5]", 4, "too many numbers"},
    {"[0.5,1.,2.5]", 1, "a malformed number"},
    {"[0.5,1.5e,2.5]", 1, "a malformed number"},
    {"[0.5,1.5e+]", 1, "a malformed number"},
    {"[0.5,.5]", 1, "no value starts here"},
    {"[0.5,-.5]", 1, "a malformed number"},
    {"[0.5,00.5]", 1, "a leading zero"},
    {"[0.5,--0.5]", 1, "a malformed number"},
    {"[0.5,+0.5]", 1, "no value starts here"},
    {"[0.5,:.5]", 1, "no value starts here"},
    {"[0.5,0.5.5]", 2, "neither a comma nor the closing bracket"},
    {"[0.5,0.5;1]", 2, "neither a comma nor the closing bracket"},
    {"[0.5,,0.5]", 1, "no value starts here"},
    {"[0.5,\"0.5\"]", 1, "not a number"},
};

static void check_array(const struct floats_case *c, size_t blanks)
{
    size_t len = strlen(c->text);
    char *exact = malloc(len + blanks);
    struct chutes__json_reader reader;
    float out[4];
    size_t count = 99;

    assert_non_null(exact);
    memcpy(exact, c->text, len);
    memset(exact + len, ' ', blanks);
    chutes__json_init(&reader, exact, len + blanks, 8);
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

static void arrays_of_floats_hold_numbers_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FLOATS_CASES); i++) {
        check_array(&FLOATS_CASES[i], 0);
        check_array(&FLOATS_CASES[i], 100);
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
        cmocka_unit_test(fractions_of_any_length_are_read),
        cmocka_unit_test(millions_of_numbers_become_what_strtof_makes_of_them),
        cmocka_unit_test(arrays_of_floats_hold_numbers_alone),
        cmocka_unit_test(an_array_of_floats_may_be_one_of_many_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
