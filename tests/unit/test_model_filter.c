/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <string.h>

#include <chutes/models.h>

static const char *const TEXT_AND_IMAGE[] = {"text", "image"};
static const char *const IMAGE[] = {"image"};
static const char *const FEATURES[] = {"tools", "json_mode"};

static const chutes_model RICH = {.id = "Qwen/Qwen3-32B-TEE",
                                  .context_length = 40960,
                                  .input_price = 0.1,
                                  .output_price = 0.4,
                                  .cache_read_price = 0.05,
                                  .confidential_compute = 1,
                                  .input_modalities = TEXT_AND_IMAGE,
                                  .input_modality_count = 2,
                                  .output_modalities = TEXT_AND_IMAGE,
                                  .output_modality_count = 1,
                                  .supported_features = FEATURES,
                                  .supported_feature_count = 2};
static const chutes_model PAINTER = {.id = "painter",
                                     .context_length = 77,
                                     .input_price = 2,
                                     .output_price = 0,
                                     .cache_read_price = -1,
                                     .confidential_compute = 0,
                                     .output_modalities = IMAGE,
                                     .output_modality_count = 1};
static const chutes_model UNKNOWN = {.id = "qwen-unknown",
                                     .context_length = -1,
                                     .input_price = -1,
                                     .output_price = -1,
                                     .cache_read_price = -1,
                                     .confidential_compute = -1};

static const chutes_model CACHE_FREE = {
    .input_price = 1, .output_price = 1, .cache_read_price = 0};

static const chutes_model *const MODELS[] = {&RICH, &PAINTER, &UNKNOWN};
static const chutes_models_response LIST = {.models = MODELS, .model_count = 3};

/* A name, what is set, and the first letters of the models selected. */
#define ROWS(XX)                                                      \
    XX(all, (void)filter, "Qpq")                                      \
    XX(name, filter->name = "QWEN", "Qq")                             \
    XX(no_name, filter->name = "llama", "")                           \
    XX(feature, use_features(filter, 1), "Q")                         \
    XX(features, use_features(filter, 2), "Q")                        \
    XX(takes_text, filter->input_modality = "text", "Qpq")            \
    XX(takes_images, filter->input_modality = "image", "Q")           \
    XX(makes_text, filter->output_modality = "text", "Qq")            \
    XX(makes_images, filter->output_modality = "image", "p")          \
    XX(context, filter->min_context_length = 77, "Qp")                \
    XX(long_context, filter->min_context_length = 78, "Q")            \
    XX(price, filter->max_input_price = 0.1, "Q")                     \
    XX(low_price, filter->max_input_price = 0.09, "")                 \
    XX(free_output, filter->max_output_price = 0, "p")                \
    XX(tee, filter->confidential_compute = 1, "Q")                    \
    XX(no_tee, filter->confidential_compute = 0, "p")                 \
    XX(both, filter->name = "q"; filter->min_context_length = 1, "Q") \
    XX(not_initialised, filter->struct_size = 0, "")

static void use_features(chutes_model_filter *filter, size_t count)
{
    filter->features = FEATURES;
    filter->feature_count = count;
}

#define DEFINE(name, statements, want)                  \
    static void set_##name(chutes_model_filter *filter) \
    {                                                   \
        statements;                                     \
    }
#define LIST_ROW(name, statements, want) {#name, set_##name, want},

ROWS(DEFINE)

static void a_filter_selects_what_is_known_to_fit(void **state)
{
    static const struct {
        const char *name;
        void (*set)(chutes_model_filter *filter);
        const char *want;
    } rows[] = {ROWS(LIST_ROW)};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chutes_model_filter filter = chutes_model_filter_default();
        char got[4] = "";
        size_t count = 0;

        rows[i].set(&filter);
        for (size_t at = chutes_models_find(&LIST, &filter, 0);
             at < LIST.model_count;
             at = chutes_models_find(&LIST, &filter, at + 1)) {
            got[count++] = MODELS[at]->id[0];
        }
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: \"%s\"", rows[i].name, got);
        }
    }
}

static void nothing_is_found_behind_the_end(void **state)
{
    (void)state;
    assert_int_equal(chutes_models_find(&LIST, NULL, 2), 2);
    assert_int_equal(chutes_models_find(&LIST, NULL, 3), 3);
    assert_int_equal(chutes_models_find(&LIST, NULL, SIZE_MAX), 3);
    assert_int_equal(chutes_models_find(NULL, NULL, 0), 0);
}

static void a_cost_is_known_or_minus_1(void **state)
{
    static const struct {
        const chutes_model *model;
        chutes_usage usage;
        double want;
    } rows[] = {
        {&RICH, {1000000, 500000, 1500000, -1, -1}, 0.3},
        {&RICH, {1000000, 0, 1000000, 400000, -1}, 0.08},
        {&RICH, {10, 0, 10, 1000, -1}, 5e-7},
        {&RICH, {-1, 5, -1, -1, -1}, -1},
        {&RICH, {5, -1, -1, -1, -1}, -1},
        {&PAINTER, {1000000, 7, 1000007, 500000, -1}, 2},
        {&CACHE_FREE, {1000000, 0, 1000000, 400000, -1}, 0.6},
        {&UNKNOWN, {0, 0, 0, 0, -1}, 0},
        {&UNKNOWN, {1, 0, 1, -1, -1}, -1},
        {&UNKNOWN, {0, 1, 1, -1, -1}, -1},
        {NULL, {1, 1, 2, -1, -1}, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        double got = chutes_model_cost(rows[i].model, &rows[i].usage);

        if (!(fabs(got - rows[i].want) < 1e-12)) {
            fail_msg("%zu: %g", i, got);
        }
    }
    assert_true(chutes_model_cost(&RICH, NULL) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_selects_what_is_known_to_fit),
        cmocka_unit_test(nothing_is_found_behind_the_end),
        cmocka_unit_test(a_cost_is_known_or_minus_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
