/* SPDX-License-Identifier: MIT */
/*
 * Lists the GPUs that Chutes rents out, and finds those that can hold a model.
 */
#include <chutes/platform.h>

#include <math.h>

#include "base/count.h"
#include "base/error.h"
#include "client/params.h"

CHUTES__ASSERT_NO_TAIL(chutes_hardware, min_vram_gb_per_gpu);

/* The range of `min_vram_gb_per_gpu` in a node selector. */
enum { MIN_VRAM_GB = 16, MAX_VRAM_GB = 140 };

enum { MAX_GPUS = 8 };

/* From api/gpu.py of Chutes' API. */
static const chutes_gpu GPUS[] = {
    {"3090", 24, 0.25},      {"4090", 24, 0.40},
    {"5090", 32, 0.70},      {"a4000", 16, 0.20},
    {"a4000_ada", 20, 0.21}, {"a5000", 24, 0.25},
    {"a6000", 48, 0.50},     {"a6000_ada", 48, 0.75},
    {"pro_6000", 96, 1.80},  {"l4", 24, 0.25},
    {"a10", 24, 0.25},       {"a40", 48, 0.50},
    {"l40", 48, 0.55},       {"l40s", 48, 0.85},
    {"a100_40gb", 40, 1.10}, {"a100_40gb_sxm", 40, 1.15},
    {"a100", 80, 1.20},      {"a100_sxm", 80, 1.25},
    {"h100", 80, 1.79},      {"h100_nvl", 96, 2.25},
    {"h100_sxm", 80, 2.35},  {"h800", 80, 1.50},
    {"h20", 96, 1.20},       {"h200", 140, 2.75},
    {"mi300x", 192, 3.00},   {"b200", 192, 4.50},
    {"b300", 288, 4.50},
};

const chutes_gpu *chutes_gpu_at(size_t index)
{
    return index < CHUTES__COUNT(GPUS) ? &GPUS[index] : NULL;
}

static chutes_status check(double parameters, double bits, chutes_error *error)
{
    if (!(parameters > 0) || isinf(parameters)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "parameters must be more than 0");
    }
    if (!(bits >= 1 && bits <= 64)) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "bits must be from 1 to 64");
    }
    return CHUTES_OK;
}

/* Chooses these GPUs if they have enough memory and are cheaper than those
 * chosen so far. */
static void offer(const chutes_gpu *gpu, int count, chutes_hardware *hardware)
{
    double usd_per_hour = gpu->usd_per_hour * count;

    if (gpu->vram_gb * count >= hardware->vram_gb &&
        (hardware->gpu == NULL || usd_per_hour < hardware->usd_per_hour)) {
        hardware->gpu = gpu;
        hardware->gpu_count = count;
        hardware->usd_per_hour = usd_per_hour;
    }
}

/* Rounds up: ceil() would need libm. */
static int clamp_vram(double vram_gb)
{
    int least_gb;

    if (vram_gb >= (double)MAX_VRAM_GB) {
        return MAX_VRAM_GB;
    }
    least_gb = (int)vram_gb + (vram_gb > (int)vram_gb ? 1 : 0);
    return least_gb > MIN_VRAM_GB ? least_gb : MIN_VRAM_GB;
}

chutes_status chutes_hardware_find(double parameters, double bits,
                                   chutes_hardware *hardware, size_t size,
                                   chutes_error *error)
{
    static const chutes_hardware none = {.gpu = NULL};
    chutes_hardware found = {
        .vram_gb = parameters / 1e9 * bits / 8 * 1.2,
    };
    chutes_status status;

    chutes__error_clear(error);
    if (hardware == NULL) {
        return chutes__fail(error, CHUTES_ERR_INVALID_ARGUMENT,
                            "hardware must not be NULL");
    }
    chutes__params_fill(hardware, size, &none, sizeof(none));
    status = check(parameters, bits, error);
    if (status != CHUTES_OK) {
        return status;
    }
    for (int count = 1; count <= MAX_GPUS; count *= 2) {
        for (size_t i = 0; i < CHUTES__COUNT(GPUS); i++) {
            offer(&GPUS[i], count, &found);
        }
    }
    if (found.gpu == NULL) {
        return chutes__fail(error, CHUTES_ERR_UNSUPPORTED,
                            "the model needs %.0f GB, more than %d GPUs have",
                            found.vram_gb, MAX_GPUS);
    }
    found.min_vram_gb_per_gpu = clamp_vram(found.vram_gb / found.gpu_count);
    chutes__params_fill(hardware, size, &found, sizeof(found));
    return CHUTES_OK;
}
