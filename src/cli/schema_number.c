/* SPDX-License-Identifier: MIT */
/* Numbers of JSON as JSON Schema compares them: exactly. A double would take
 * 2^53 and 2^53 + 1 for equal, and 19.99 for no multiple of 0.01. */
#include "cli/schema_number.h"

#include "cli/alloc.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FACTOR_DIGITS = 18, /* ten times as much fits into 64 bits */
    /* A factor below 2^60 that divides a number times a power of 10 divides it
     * times 10^60 or less. */
    MAX_SHIFT = 60
};

#define MAX_EXPONENT INT64_C(1000000000000000)

/* DIGITS × 10^exponent. */
struct decimal {
    bool is_negative;
    char *digits; /* without zeros at its ends; "" is 0 */
    size_t count;
    int64_t exponent;
};

static bool is_decimal_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads what follows the "e". */
static int64_t read_exponent(const char *at, const char *end)
{
    bool is_negative = at < end && *at == '-';
    int64_t exponent = 0;

    for (; at < end && exponent < MAX_EXPONENT; at++) {
        if (is_decimal_digit(*at)) {
            exponent = exponent * 10 + (*at - '0');
        }
    }
    exponent = exponent < MAX_EXPONENT ? exponent : MAX_EXPONENT;
    return is_negative ? -exponent : exponent;
}

/* The digits are to be freed. */
static struct decimal read_decimal(struct cli_value number)
{
    struct decimal decimal = {.is_negative = number.text[0] == '-',
                              .digits = cli_alloc(number.len + 1, 1)};
    const char *end = number.text + number.len;
    const char *at = number.text;
    bool is_fraction = false;

    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        is_fraction = is_fraction || *at == '.';
        if (!is_decimal_digit(*at)) {
            continue;
        }
        decimal.exponent -= is_fraction ? 1 : 0;
        if (decimal.count > 0 || *at != '0') {
            decimal.digits[decimal.count++] = *at;
        }
    }
    decimal.exponent += at < end ? read_exponent(at + 1, end) : 0;
    while (decimal.count > 0 && decimal.digits[decimal.count - 1] == '0') {
        decimal.count--;
        decimal.exponent++;
    }
    decimal.digits[decimal.count] = '\0';
    if (decimal.count == 0) {
        decimal.is_negative = false;
        decimal.exponent = 0;
    }
    return decimal;
}

bool cli_number_is_integer(struct cli_value number)
{
    struct decimal decimal = read_decimal(number);

    free(decimal.digits);
    return decimal.exponent >= 0;
}

/* ---- order --------------------------------------------------------------- */

static int sign_of(const struct decimal *decimal)
{
    return decimal->count == 0 ? 0 : decimal->is_negative ? -1 : 1;
}

/* Compares two numbers of the same sign without it. */
static int compare_sizes(const struct decimal *left,
                         const struct decimal *right)
{
    int64_t places[2] = {left->exponent + (int64_t)left->count,
                         right->exponent + (int64_t)right->count};

    if (places[0] != places[1]) {
        return places[0] < places[1] ? -1 : 1;
    }
    return strcmp(left->digits, right->digits);
}

int cli_number_compare(struct cli_value left, struct cli_value right)
{
    struct decimal a = read_decimal(left);
    struct decimal b = read_decimal(right);
    int sign = sign_of(&a);
    int order =
        sign != sign_of(&b) ? sign - sign_of(&b) : sign * compare_sizes(&a, &b);

    free(a.digits);
    free(b.digits);
    return order;
}

void cli_number_put(FILE *file, struct cli_value number)
{
    struct decimal decimal = read_decimal(number);

    fprintf(file, "%s%se%" PRId64, decimal.is_negative ? "-" : "",
            decimal.digits, decimal.exponent);
    free(decimal.digits);
}

/* ---- multiples ----------------------------------------------------------- */

bool cli_number_is_factor(struct cli_value value)
{
    struct decimal decimal;

    if (cli_value_type(value) != CHUTES_JSON_NUMBER) {
        return false;
    }
    decimal = read_decimal(value);
    free(decimal.digits);
    return sign_of(&decimal) > 0 && decimal.count <= MAX_FACTOR_DIGITS;
}

/* Is DIGITS × 10^shift divisible? */
static bool divides(uint64_t divisor, const char *digits, int64_t shift)
{
    uint64_t rest = 0;

    for (const char *at = digits; *at != '\0'; at++) {
        rest = (rest * 10 + (uint64_t)(*at - '0')) % divisor;
    }
    for (int64_t i = 0; i < shift && i < MAX_SHIFT; i++) {
        rest = rest * 10 % divisor;
    }
    return rest == 0;
}

bool cli_number_is_multiple(struct cli_value number, struct cli_value factor)
{
    struct decimal a = read_decimal(number);
    struct decimal b = read_decimal(factor);
    /* With the smaller exponent, the last digit would have to be a 0. */
    bool is_multiple =
        a.count == 0 || (a.exponent >= b.exponent &&
                         divides(strtoull(b.digits, NULL, 10), a.digits,
                                 a.exponent - b.exponent));

    free(a.digits);
    free(b.digits);
    return is_multiple;
}
