/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "fault_random.h"

/* The command is a program, not a library: its sources are included. */
#include "cli/float_text.c"

static uint64_t seed = 1;

/* Writes the expected text: the fewest digits that read back, found with
 * printf(). */
static void print_plainly(char *text, size_t size, float value)
{
    int digits = 5;

    do {
        (void)snprintf(text, size, "%.*g", ++digits, (double)value);
    } while (digits < 9 && strtof(text, NULL) != value);
}

static void check_float(float value)
{
    char text[CLI_FLOAT_SIZE];
    char want[CLI_FLOAT_SIZE];

    cli_float_text(text, value);
    print_plainly(want, sizeof(want), value);
    if (strcmp(text, want) != 0) {
        fail_msg("%a: \"%s\", wanted \"%s\"", (double)value, text, want);
    }
}

static void known_floats_have_their_shortest_text(void **state)
{
    static const float values[] = {
        0,           1,          -1,          0.5F,
        0.1F,        -0.2F,      1e-4F,       9.9999e-5F,
        1.00001e-4F, 99999.99F,  100000,      99999.9921875F,
        123456,      0.3F,       16777216,    9.5367e-7F,
        3.4e38F,     1e-45F,     0.09999999F, 0.99999994F,
        9.999999F,   1.0000001F, 12345.678F,  1e10F,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        check_float(values[i]);
        check_float(-values[i]);
    }
}

static void all_floats_have_their_shortest_text(void **state)
{
    (void)state;
    for (int round = 0; round < 200000; round++) {
        uint32_t bits = (uint32_t)fault_random(&seed);
        float number;

        memcpy(&number, &bits, sizeof(number));
        if (isfinite(number)) {
            check_float(number);
        }
        /* Numbers as in vectors, with any number of digits. */
        check_float((float)(int32_t)bits / 2147483648.0F);
        check_float((float)((double)((int32_t)bits % 100000) / 1e5));
        check_float((float)((double)((int32_t)bits % 100000000) / 1e6));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_floats_have_their_shortest_text),
        cmocka_unit_test(all_floats_have_their_shortest_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
