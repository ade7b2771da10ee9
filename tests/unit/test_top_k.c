/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <chutes/top_k.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 300, MAX_NUMBERS = 70 };

/* A small generator, so that a failure can be repeated. */
static float next_number(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)(int32_t)(*state >> 8 & 0xFFFF) / 32768.0F - 1.0F;
}

static double score_of(const chutes_top_k_params *params, size_t row)
{
    const float *numbers = params->rows + row * params->dimension;
    double product = 0;
    double left = 0;
    double right = 0;

    for (size_t i = 0; i < params->dimension; i++) {
        product += (double)numbers[i] * (double)params->query[i];
        left += (double)numbers[i] * (double)numbers[i];
        right += (double)params->query[i] * (double)params->query[i];
    }
    if (params->similarity == CHUTES_SIMILARITY_DOT) {
        return product;
    }
    return left == 0 || right == 0 ? 0 : product / sqrt(left * right);
}

/* No row that isn't a hit may be better than the worst hit. */
static void check(const chutes_top_k_params *params, size_t room)
{
    chutes_top_k_hit hits[MAX_ROWS];
    bool is_hit[MAX_ROWS] = {false};
    size_t count = room;

    assert_int_equal(chutes_embed_top_k(params, hits, &count, NULL), CHUTES_OK);
    assert_int_equal(count, room < params->count ? room : params->count);
    for (size_t i = 0; i < count; i++) {
        assert_true(hits[i].index < params->count);
        assert_false(is_hit[hits[i].index]);
        is_hit[hits[i].index] = true;
        assert_float_equal(hits[i].score, score_of(params, hits[i].index),
                           1e-5);
        assert_true(i == 0 || hits[i - 1].score >= hits[i].score);
    }
    for (size_t i = 0; count > 0 && i < params->count; i++) {
        assert_true(is_hit[i] ||
                    score_of(params, i) <= hits[count - 1].score + 1e-5);
    }
}

static void finds_what_a_simple_loop_finds(void **state)
{
    static float rows[MAX_ROWS * MAX_NUMBERS];
    float query[MAX_NUMBERS];
    uint32_t random = 7;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = next_number(&random);
    }
    for (size_t i = 0; i < MAX_NUMBERS; i++) {
        query[i] = next_number(&random);
    }
    for (size_t dimension = 1; dimension <= MAX_NUMBERS; dimension += 3) {
        chutes_top_k_params params = chutes_top_k_params_default();

        params.rows = rows;
        params.query = query;
        params.dimension = dimension;
        for (size_t count = 0; count <= MAX_ROWS; count += 37) {
            params.count = count;
            params.similarity = CHUTES_SIMILARITY_COSINE;
            check(&params, 1);
            check(&params, 7);
            params.similarity = CHUTES_SIMILARITY_DOT;
            check(&params, 10);
            check(&params, MAX_ROWS);
        }
    }
}

static void equal_rows_keep_their_order(void **state)
{
    static const float rows[] = {1, 2, 1, 0, 2, 1, 2};
    static const float query[] = {1};
    chutes_top_k_params params = chutes_top_k_params_default();
    chutes_top_k_hit hits[4];
    size_t count = COUNT(hits);

    (void)state;
    params.rows = rows;
    params.count = COUNT(rows);
    params.dimension = 1;
    params.query = query;
    params.similarity = CHUTES_SIMILARITY_DOT;
    assert_int_equal(chutes_embed_top_k(&params, hits, &count, NULL),
                     CHUTES_OK);
    assert_int_equal(count, 4);
    assert_int_equal(hits[0].index, 1);
    assert_int_equal(hits[1].index, 4);
    assert_int_equal(hits[2].index, 6);
    assert_int_equal(hits[3].index, 0);
}

static void odd_rows_do_no_harm(void **state)
{
    static const float rows[] = {0,     0,     NAN, 1, INFINITY, 1,
                                 3e38F, 3e38F, -1,  0, 1e-30F,   0};
    static const float query[] = {1, 0};
    static const float zeros[] = {0, 0};
    static const float tiny[][2] = {{1e-30F, 0}, {3e38F, 0}};
    chutes_top_k_params params = chutes_top_k_params_default();
    chutes_top_k_hit hits[6];
    size_t count = COUNT(hits);

    (void)state;
    params.rows = rows;
    params.count = COUNT(rows) / 2;
    params.dimension = 2;
    params.query = query;
    assert_int_equal(chutes_embed_top_k(&params, hits, &count, NULL),
                     CHUTES_OK);
    /* Two rows have no numbers; the squares of two others are no floats. */
    assert_int_equal(count, 4);
    assert_int_equal(hits[0].index, 5);
    assert_float_equal(hits[0].score, 1, 1e-12);
    assert_int_equal(hits[1].index, 3);
    assert_float_equal(hits[1].score, sqrt(0.5), 1e-12);
    assert_int_equal(hits[2].index, 0);
    assert_int_equal(hits[3].index, 4);
    assert_float_equal(hits[3].score, -1, 1e-12);
    for (size_t i = 0; i < COUNT(tiny); i++) {
        params.query = tiny[i];
        count = 1;
        assert_int_equal(chutes_embed_top_k(&params, hits, &count, NULL),
                         CHUTES_OK);
        assert_int_equal(hits[0].index, 5);
        assert_float_equal(hits[0].score, 1, 1e-12);
    }
    params.query = zeros;
    params.count = 1;
    count = 1;
    assert_int_equal(chutes_embed_top_k(&params, hits, &count, NULL),
                     CHUTES_OK);
    assert_true(hits[0].score == 0);
}

static void expect_fault(const chutes_top_k_params *params, size_t room,
                         const char *want)
{
    chutes_top_k_hit hit;
    chutes_error error;
    size_t count = room;

    assert_int_equal(chutes_embed_top_k(params, &hit, &count, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, want);
    assert_int_equal(count, 0);
}

static void names_the_field_that_is_wrong(void **state)
{
    static const float numbers[] = {1, NAN};
    chutes_top_k_params params = chutes_top_k_params_default();
    const chutes_status bad = CHUTES_ERR_INVALID_ARGUMENT;
    chutes_top_k_hit hit;
    size_t count = 1;

    (void)state;
    expect_fault(&params, 1, "dimension must be 1 or more");
    params.dimension = 2;
    expect_fault(&params, 1, "query must not be NULL");
    params.query = numbers;
    params.count = 1;
    expect_fault(&params, 1, "rows must not be NULL");
    params.rows = numbers;
    params.count = SIZE_MAX / 2;
    expect_fault(&params, 1, "count is too large for the dimension");
    params.count = 1;
    expect_fault(&params, 1, "query must hold finite numbers");
    params.dimension = 1;
    params.similarity = (chutes_similarity)9;
    expect_fault(&params, 1, "similarity is unknown");
    params.similarity = CHUTES_SIMILARITY_DOT;
    expect_fault(&params, 0, "hit_count must be 1 or more");
    params.struct_size = 8;
    expect_fault(&params, 1,
                 "params.struct_size is wrong: start from its _default() "
                 "function");
    assert_int_equal(chutes_embed_top_k(NULL, &hit, &count, NULL), bad);
    assert_int_equal(chutes_embed_top_k(&params, NULL, &count, NULL), bad);
    assert_int_equal(chutes_embed_top_k(&params, &hit, NULL, NULL), bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_simple_loop_finds),
        cmocka_unit_test(equal_rows_keep_their_order),
        cmocka_unit_test(odd_rows_do_no_harm),
        cmocka_unit_test(names_the_field_that_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
