/* SPDX-License-Identifier: MIT */
/* Encodes the request for an image, in the forms of chutes and of OpenAI. */
#include "codec/image.h"

#include <stdio.h>
#include <string.h>

/* ---- numbers ------------------------------------------------------------- */

static void check_least(struct chutes__encoder *encoder, const char *name,
                        int64_t number, int64_t least)
{
    if (number != CHUTES_UNSET && number < least) {
        chutes__encoder_refuse(encoder, name,
                               least == 0 ? "must be 0 or more"
                                          : "must be 1 or more");
    }
}

static void add_int(struct chutes__encoder *encoder, const char *name,
                    int64_t number)
{
    if (number != CHUTES_UNSET) {
        chutes__json_add_int(&encoder->writer, name, number);
    }
}

static void add_scale(struct chutes__encoder *encoder, const char *name,
                      double scale)
{
    if (scale == CHUTES_UNSET) {
        return;
    }
    if (scale < 0) {
        chutes__encoder_refuse(encoder, name, "must be 0 or more");
    }
    chutes__json_add_double(&encoder->writer, name, scale);
}

/* ---- the parts that differ ----------------------------------------------- */

static void add_for_openai(struct chutes__encoder *encoder,
                           const chutes_image_params *params)
{
    if (params->image_count > 0) {
        chutes__encoder_refuse(encoder, "images",
                               "can't be sent to images/generations");
    }
    chutes__image_add_openai(encoder, params);
}

static void add_images(struct chutes__encoder *encoder,
                       const chutes_image_params *params)
{
    const struct chutes__stride stride = {params->images,
                                          params->image_count,
                                          params->image_input_size,
                                          sizeof(chutes_image_input),
                                          "images",
                                          "image_input_size"};
    const char *key = params->images_key;
    chutes_image_input image;

    if (params->image_count == 0 || !chutes__encoder_check(encoder, &stride)) {
        return;
    }
    if (key == NULL) {
        key =
            chutes__image_is_for_mega_host(params) ? "image_b64" : "image_b64s";
    }
    if (!chutes__encoder_require_key(encoder, key, "images_key")) {
        return;
    }
    chutes__json_open_array(&encoder->writer, key);
    encoder->list = "images";
    for (size_t i = 0; i < stride.count; i++) {
        encoder->index = i;
        chutes__stride_copy(&stride, i, &image, sizeof(image));
        if (image.path != NULL) {
            chutes__encoder_refuse(encoder, "path", "is only for images/edits");
            return;
        }
        if (image.bytes == NULL || image.len == 0) {
            chutes__encoder_refuse(encoder, "bytes",
                                   "must not be NULL or empty");
            return;
        }
        chutes__json_add_base64(&encoder->writer, NULL, image.bytes, image.len);
    }
    chutes__json_close_array(&encoder->writer);
    encoder->list = NULL;
}

static void add_for_chutes(struct chutes__encoder *encoder,
                           const chutes_image_params *params)
{
    if (params->response_format != NULL) {
        chutes__encoder_refuse(encoder, "response_format",
                               "is only for images/generations");
    }
    add_int(encoder, "width", params->width);
    add_int(encoder, "height", params->height);
    add_images(encoder, params);
}

/* ---- the whole ----------------------------------------------------------- */

void chutes__image_add_openai(struct chutes__encoder *encoder,
                              const chutes_image_params *params)
{
    const char *format = params->response_format;
    char size[48];

    if ((params->width == CHUTES_UNSET) != (params->height == CHUTES_UNSET)) {
        chutes__encoder_refuse(
            encoder, params->width == CHUTES_UNSET ? "width" : "height",
            "must be set, as the other side is");
    } else if (params->width != CHUTES_UNSET) {
        (void)snprintf(size, sizeof(size), "%lldx%lld",
                       (long long)params->width, (long long)params->height);
        chutes__encoder_add(encoder, "size", size);
    }
    if (format != NULL && strcmp(format, "url") == 0) {
        chutes__encoder_refuse(encoder, "response_format",
                               "must not be \"url\", because the library "
                               "doesn't fetch files");
    }
    if (format == NULL || format[0] != '\0') {
        chutes__encoder_add(encoder, "response_format",
                            format != NULL ? format : "b64_json");
    }
}

void chutes__image_add_prompt(struct chutes__encoder *encoder,
                              const chutes_image_params *params)
{
    if (chutes__encoder_require(encoder, params->prompt, "prompt")) {
        chutes__encoder_add(encoder, "prompt", params->prompt);
    }
    chutes__encoder_add(encoder, "negative_prompt", params->negative_prompt);
}

void chutes__image_add_numbers(struct chutes__encoder *encoder,
                               const chutes_image_params *params)
{
    add_int(encoder, "seed", params->seed);
    add_int(encoder, "num_inference_steps", params->num_inference_steps);
    add_scale(encoder, "guidance_scale", params->guidance_scale);
    add_scale(encoder, "true_cfg_scale", params->true_cfg_scale);
}

void chutes__image_check(struct chutes__encoder *encoder,
                         const chutes_image_params *params)
{
    encoder->skips_validation = params->skip_validation != 0;
    check_least(encoder, "width", params->width, 1);
    check_least(encoder, "height", params->height, 1);
    check_least(encoder, "seed", params->seed, 0);
    check_least(encoder, "num_inference_steps", params->num_inference_steps, 1);
}

static void add(struct chutes__encoder *encoder, const void *of_image)
{
    const chutes_image_params *params = of_image;
    struct chutes__endpoint_params common;

    memcpy(&common, params, sizeof(common));
    chutes__image_check(encoder, params);
    if (chutes__image_is_for_mega_host(params)) {
        chutes__image_check_mega_host(encoder, params);
    }
    if (params->mask != NULL) {
        chutes__encoder_refuse(encoder, "mask", "is only for images/edits");
    }
    chutes__image_add_prompt(encoder, params);
    if (chutes__endpoint_is_openai(&chutes__image_endpoint, &common)) {
        add_for_openai(encoder, params);
    } else {
        add_for_chutes(encoder, params);
    }
    chutes__image_add_numbers(encoder, params);
}

const struct chutes__endpoint chutes__image_endpoint = {
    .path = "images/generations",
    .chute_path = "generate",
    .accept = "Accept: image/*, application/json",
    .takes_url = true,
    .watcher_at = offsetof(chutes_image_params, user_data),
    .response_size = sizeof(chutes_image_response),
    .add = add,
    .decode = chutes__image_decode,
};
