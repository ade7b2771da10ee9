/* SPDX-License-Identifier: MIT */
/* Checks what image.chutes.ai would reject: Chutes' own host for images checks
 * the requests that it passes on. */
#include "codec/image.h"

#include <string.h>

#include "base/count.h"

bool chutes__image_is_for_mega_host(const chutes_image_params *params)
{
    static const char url[] = "https://image.chutes.ai/";

    if (params->url != NULL) {
        return strncmp(params->url, url, sizeof(url) - 1) == 0;
    }
    return params->slug != NULL && strcmp(params->slug, "image") == 0;
}

/* The host rejects all other keys. It uses "model" itself. */
static bool is_known_key(const struct chutes__json_value *key)
{
    static const char *const known[] = {"model",          "prompt",
                                        "height",         "width",
                                        "seed",           "num_inference_steps",
                                        "guidance_scale", "img_guidance_scale",
                                        "image_b64",      "true_cfg_scale",
                                        "negative_prompt"};

    for (size_t i = 0; i < CHUTES__COUNT(known); i++) {
        if (chutes__json_key_is(key, known[i])) {
            return true;
        }
    }
    return false;
}

/* extra_json that isn't an object is refused elsewhere. */
static void check_keys(struct chutes__encoder *encoder, const char *json)
{
    struct chutes__json_reader reader;
    struct chutes__json_value key;

    chutes__json_init(&reader, json, strlen(json), encoder->writer.max_depth);
    if (!chutes__json_enter_object(&reader)) {
        return;
    }
    while (chutes__json_next_member(&reader, &key)) {
        if (!is_known_key(&key)) {
            chutes__encoder_doubt(encoder, "extra_json",
                                  "has a key that image.chutes.ai refuses");
        }
        chutes__json_skip(&reader);
    }
}

struct range {
    const char *name;
    double value;
    double least;
    double most;
    const char *reason;
};

void chutes__image_check_mega_host(struct chutes__encoder *encoder,
                                   const chutes_image_params *params)
{
    static const char side[] = "must be 128 to 2048 for image.chutes.ai";
    const struct range ranges[] = {
        {"width", (double)params->width, 128, 2048, side},
        {"height", (double)params->height, 128, 2048, side},
        {"seed", (double)params->seed, 0, UINT32_MAX,
         "must be below 2^32 for image.chutes.ai"},
        {"num_inference_steps", (double)params->num_inference_steps, 1, 50,
         "must be 1 to 50 for image.chutes.ai"},
        {"guidance_scale", params->guidance_scale, 1, 20,
         "must be 1 to 20 for image.chutes.ai"},
        {"true_cfg_scale", params->true_cfg_scale, 0, 10,
         "must be 0 to 10 for image.chutes.ai"},
    };

    for (size_t i = 0; i < CHUTES__COUNT(ranges); i++) {
        const struct range *range = &ranges[i];

        if (range->value != CHUTES_UNSET &&
            (range->value < range->least || range->value > range->most)) {
            chutes__encoder_doubt(encoder, range->name, range->reason);
        }
    }
    if (params->model == NULL) {
        chutes__encoder_doubt(encoder, "model",
                              "must not be NULL for image.chutes.ai");
    }
    if (params->extra_json != NULL) {
        check_keys(encoder, params->extra_json);
    }
}
