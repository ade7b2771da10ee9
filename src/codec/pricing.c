/* SPDX-License-Identifier: MIT */
/* The endpoint that returns what GPUs cost: GET pricing. */
#include <chutes/usage.h>

#include "base/error.h"
#include "base/params.h"
#include "codec/api_query.h"
#include "codec/endpoint.h"
#include "codec/endpoint_answer.h"
#include "codec/fields.h"

CHUTES__ASSERT_API(chutes_pricing_params, chutes_pricing);

void chutes_pricing_params_init(chutes_pricing_params *params, size_t size)
{
    static const chutes_pricing_params DEFAULTS = {.base_url = NULL};

    chutes__params_init(params, size, &DEFAULTS, sizeof(DEFAULTS));
}

/* Chutes has some thirty GPUs. More could exhaust memory: a short member
 * becomes a struct. */
enum { MAX_GPUS = 256 };

static chutes_status write_path(const void *of_pricing,
                                struct chutes__buf *path, chutes_error *error)
{
    (void)of_pricing;
    return chutes__api_query_begin(path, "pricing", error).status;
}

static const struct chutes__slice HOUR[] = {CHUTES__FIELD("hour")};

/* Returns -1 if the value is not a number. */
static double number_of(const struct chutes__json_value *value)
{
    double number;

    return chutes__endpoint_to_number(value, &number) ? number : -1;
}

/* Returns the price per hour of {"hour":1,"second":2}. */
static double per_hour(const struct chutes__json_value *price)
{
    struct chutes__json_value hour;

    (void)chutes__fields_of(price, HOUR, 1, &hour);
    return number_of(&hour);
}

enum unit_field { UNIT_USD, UNIT_TAO, UNIT_TEXT, UNIT_COUNT };

static const struct chutes__slice UNIT_NAMES[UNIT_COUNT] = {
    [UNIT_USD] = CHUTES__FIELD("usd"),
    [UNIT_TAO] = CHUTES__FIELD("tao"),
    [UNIT_TEXT] = CHUTES__FIELD("description"),
};

static chutes_status keep_gpu(const struct chutes__json_value *name,
                              const struct chutes__json_value *price,
                              struct chutes__arena *arena,
                              chutes_gpu_price *gpu, chutes_error *error)
{
    struct chutes__json_value values[UNIT_COUNT];

    (void)chutes__fields_of(price, UNIT_NAMES, UNIT_COUNT, values);
    gpu->usd_per_hour = per_hour(&values[UNIT_USD]);
    gpu->tao_per_hour = per_hour(&values[UNIT_TAO]);
    return chutes__endpoint_keep_text(name, arena, &gpu->name, error);
}

static chutes_status read_gpus(const struct chutes__json_value *object,
                               struct chutes__arena *arena,
                               chutes_pricing *pricing, chutes_error *error)
{
    chutes_gpu_price **gpus =
        chutes__arena_alloc_list(arena, MAX_GPUS, sizeof(**gpus));
    chutes_status status = CHUTES_OK;
    struct chutes__json_reader reader;
    struct chutes__json_value name;
    struct chutes__json_value price;

    if (gpus == NULL) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    pricing->gpus = (const chutes_gpu_price *const *)gpus;
    pricing->gpu_count = 0;
    chutes__json_init_lenient(&reader, object->text.data, object->text.len,
                              CHUTES__JSON_MAX_DEPTH);
    chutes__json_enter_object(&reader);
    while (status == CHUTES_OK && chutes__json_next_member(&reader, &name)) {
        if (pricing->gpu_count == MAX_GPUS) {
            return chutes__fail(error, CHUTES_ERR_TOO_LARGE,
                                "there are more than %d GPUs", MAX_GPUS);
        }
        chutes__json_read(&reader, &price);
        status =
            keep_gpu(&name, &price, arena, gpus[pricing->gpu_count], error);
        pricing->gpu_count++;
    }
    return status;
}

enum top_field { TOP_GPUS, TOP_TAO, TOP_UNIT, TOP_COUNT };

static const struct chutes__slice TOP_NAMES[TOP_COUNT] = {
    [TOP_GPUS] = CHUTES__FIELD("gpu_price_estimates"),
    [TOP_TAO] = CHUTES__FIELD("tao_usd"),
    [TOP_UNIT] = CHUTES__FIELD("compute_unit_estimate"),
};

static chutes_status decode(const struct chutes__endpoint_answer *answer,
                            void *of_pricing, chutes_error *error)
{
    chutes_pricing *pricing = of_pricing;
    struct chutes__json_value whole;
    struct chutes__json_value values[TOP_COUNT];
    struct chutes__json_value unit[UNIT_COUNT];
    chutes_status status = chutes__endpoint_read(answer, &whole, error);

    if (status != CHUTES_OK) {
        return status;
    }
    (void)chutes__fields_of(&whole, TOP_NAMES, TOP_COUNT, values);
    if (values[TOP_GPUS].type != CHUTES__JSON_OBJECT) {
        return chutes__fail(error, CHUTES_ERR_PROTOCOL,
                            "gpu_price_estimates: missing, or not an object");
    }
    (void)chutes__fields_of(&values[TOP_UNIT], UNIT_NAMES, UNIT_COUNT, unit);
    pricing->tao_usd = number_of(&values[TOP_TAO]);
    pricing->compute_unit_usd = number_of(&unit[UNIT_USD]);
    pricing->compute_unit_tao = number_of(&unit[UNIT_TAO]);
    status = chutes__endpoint_keep_text(&unit[UNIT_TEXT], answer->arena,
                                        &pricing->compute_unit, error);
    return status == CHUTES_OK
               ? read_gpus(&values[TOP_GPUS], answer->arena, pricing, error)
               : status;
}

const struct chutes__endpoint chutes__pricing_endpoint = {
    .write_path = write_path,
    .response_size = sizeof(chutes_pricing),
    .decode = decode,
};
