/* SPDX-License-Identifier: MIT */
/* Random tables: each gives a JSON Schema, and random JSON that fits comes back
 * the same from a struct. CHUTES_TEST_SEED and CHUTES_TEST_RUNS choose
 * others. */
#include "test.h"

#include "json/reader.h"

#include <inttypes.h>
#include <stdlib.h>

#include <chutes/chutes.h>

#include "alloc_fail.h"
#include "fault_random.h"
#include "schema_random.h"

static uint64_t first_seed;
static uint64_t runs;

static uint64_t read_number(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void expect_same(const chutes_schema *schema,
                        const struct chutes__buf *json, uint64_t seed)
{
    chutes_error error;
    void *value;
    char *again = NULL;

    if (chutes_schema_decode(schema, json->data, json->len, &value, &error) !=
            CHUTES_OK ||
        chutes_schema_encode(schema, value, &again, &error) != CHUTES_OK) {
        fail_msg("seed %" PRIu64 ": %s: %s", seed, error.message, json->data);
    }
    if (strcmp(again, json->data) != 0) {
        fail_msg("seed %" PRIu64 ":\n%s\n%s", seed, json->data, again);
    }
    chutes_string_free(again);
    chutes_schema_free(value);
}

/* A byte is changed or the end is missing: the result is a struct or a
 * mismatch. */
static void expect_no_harm(const chutes_schema *schema,
                           struct chutes__buf *json, uint64_t seed)
{
    uint64_t state = seed;
    size_t at = (size_t)fault_random(&state) % json->len;
    void *value;
    chutes_status status;

    json->data[at] = (char)(json->data[at] ^ (1 << fault_random(&state) % 7));
    status = chutes_schema_decode(schema, json->data, seed % 2 ? json->len : at,
                                  &value, NULL);
    assert_true(status == CHUTES_OK || status == CHUTES_ERR_MISMATCH);
    assert_int_equal(value != NULL, status == CHUTES_OK);
    chutes_schema_free(value);
}

static void run(uint64_t seed)
{
    struct schema_random random = {.state = seed};
    const chutes_schema *schema;
    struct chutes__buf json;
    chutes_error error;
    char *text;

    chutes__arena_init(&random.arena);
    chutes__buf_init(&json, SIZE_MAX - 1);
    schema = schema_random_table(&random);
    if (chutes_schema_json(schema, &text, &error) != CHUTES_OK) {
        fail_msg("seed %" PRIu64 ": %s", seed, error.message);
    }
    assert_true(chutes__json_is_valid(text, strlen(text), 64));
    chutes_string_free(text);
    schema_random_json(&random, schema, &json);
    expect_same(schema, &json, seed);
    expect_no_harm(schema, &json, seed);
    chutes__buf_dispose(&json);
    chutes__arena_dispose(&random.arena);
}

static void what_fits_comes_back_the_same(void **state)
{
    (void)state;
    alloc_fail_count();
    for (uint64_t i = 0; i < runs; i++) {
        run(first_seed + i);
    }
    alloc_fail_expect_none_lost(0);
    alloc_fail_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_comes_back_the_same),
    };

    first_seed = read_number("CHUTES_TEST_SEED", 20261130);
    runs = read_number("CHUTES_TEST_RUNS", 20000);
    print_message("CHUTES_TEST_SEED=%" PRIu64 "\n", first_seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
