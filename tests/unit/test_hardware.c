/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <string.h>

#include <chutes/platform.h>

static const struct {
    double parameters;
    double bits;
    const char *gpu;
    int count;
    int min_vram_gb;
    double usd_per_hour;
} ROWS[] = {
    {1e6, 16, "a4000", 1, 16, 0.20},
    {8e9, 16, "a4000_ada", 1, 20, 0.21}, /* 19.2 GB */
    {20e9, 8, "3090", 1, 24, 0.25},      /* 24 GB: just enough */
    {20.1e9, 8, "a4000", 2, 16, 0.40},   /* and not enough */
    {70e9, 8, "a6000", 2, 42, 1.00},     /* not 4 3090, which cost the same */
    {70e9, 16, "a6000", 4, 42, 2.00},    /* 168 GB */
    {671e9, 8, "b300", 4, 140, 18.00},
    {1900e9, 8, "b300", 8, 140, 36.00}, /* 2,280 of 2,304 GB */
};

static void the_cheapest_that_suffices_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ROWS); i++) {
        chutes_hardware it;

        assert_int_equal(
            chutes_hardware_for(ROWS[i].parameters, ROWS[i].bits, &it, NULL),
            CHUTES_OK);
        if (strcmp(it.gpu->name, ROWS[i].gpu) != 0 ||
            it.gpu_count != ROWS[i].count ||
            it.min_vram_gb_per_gpu != ROWS[i].min_vram_gb ||
            fabs(it.usd_per_hour - ROWS[i].usd_per_hour) > 1e-9) {
            fail_msg("row %zu: %d %s, %d GB, $%.2f", i, it.gpu_count,
                     it.gpu->name, it.min_vram_gb_per_gpu, it.usd_per_hour);
        }
        assert_true(it.vram_gb <= it.gpu->vram_gb * it.gpu_count);
    }
}

static void bad_input_is_named(void **state)
{
    static const struct {
        double parameters;
        double bits;
        chutes_status status;
        const char *message;
    } bad[] = {
        {0, 16, CHUTES_ERR_INVALID_ARGUMENT, "parameters must be more than 0"},
        {-1, 16, CHUTES_ERR_INVALID_ARGUMENT, "parameters must be more than 0"},
        {NAN, 16, CHUTES_ERR_INVALID_ARGUMENT,
         "parameters must be more than 0"},
        {INFINITY, 16, CHUTES_ERR_INVALID_ARGUMENT,
         "parameters must be more than 0"},
        {8e9, 0, CHUTES_ERR_INVALID_ARGUMENT, "bits must be from 1 to 64"},
        {8e9, 65, CHUTES_ERR_INVALID_ARGUMENT, "bits must be from 1 to 64"},
        {8e9, NAN, CHUTES_ERR_INVALID_ARGUMENT, "bits must be from 1 to 64"},
        {2e12, 8, CHUTES_ERR_UNSUPPORTED,
         "the model needs 2400 GB, more than 8 GPUs have"},
    };
    chutes_hardware it;
    chutes_error error;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        it.gpu_count = 7;
        assert_int_equal(
            chutes_hardware_for(bad[i].parameters, bad[i].bits, &it, &error),
            bad[i].status);
        assert_string_equal(error.message, bad[i].message);
        assert_null(it.gpu);
        assert_int_equal(it.gpu_count, 0);
    }
    assert_int_equal(chutes_hardware_for(8e9, 16, NULL, &error),
                     CHUTES_ERR_INVALID_ARGUMENT);
    assert_string_equal(error.message, "hardware must not be NULL");
}

static void the_gpus_differ_and_have_memory_and_a_price(void **state)
{
    const chutes_gpu *gpu;
    size_t count = 0;

    (void)state;
    for (; (gpu = chutes_gpu_at(count)) != NULL; count++) {
        assert_true(gpu->vram_gb >= 16 && gpu->usd_per_hour > 0);
        for (size_t i = 0; i < count; i++) {
            assert_string_not_equal(chutes_gpu_at(i)->name, gpu->name);
        }
    }
    assert_int_equal(count, 27);
    assert_null(chutes_gpu_at(SIZE_MAX));
}

/* A caller whose headers lack the last member, or have one more. */
static void the_struct_may_be_of_another_version(void **state)
{
    struct {
        chutes_hardware it;
        int64_t added;
    } longer;
    const size_t shorter = offsetof(chutes_hardware, min_vram_gb_per_gpu);

    (void)state;
    memset(&longer, 0x55, sizeof(longer));
    assert_int_equal(chutes_hardware_find(8e9, 16, &longer.it, shorter, NULL),
                     CHUTES_OK);
    assert_true(longer.it.gpu_count > 0);
    assert_int_equal(longer.it.min_vram_gb_per_gpu, 0x55555555);
    assert_int_equal(
        chutes_hardware_find(8e9, 16, &longer.it, sizeof(longer), NULL),
        CHUTES_OK);
    assert_true(longer.it.min_vram_gb_per_gpu >= 16);
    assert_int_equal(longer.added, 0);
    longer.added = 7;
    assert_int_equal(
        chutes_hardware_find(0, 16, &longer.it, sizeof(longer), NULL),
        CHUTES_ERR_INVALID_ARGUMENT);
    assert_int_equal(longer.added, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_that_suffices_is_found),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(the_gpus_differ_and_have_memory_and_a_price),
        cmocka_unit_test(the_struct_may_be_of_another_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
