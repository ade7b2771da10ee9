/* SPDX-License-Identifier: MIT */
/* Encodes the request to deploy a chute, as api/chute/schemas.py of Chutes' API
 * reads it. */
#include <math.h>
#include <string.h>

#include "codec/deploy.h"
#include "codec/deploy_names.h"
#include "json/merge.h"

static void add_range(struct chutes__encoder *encoder, const char *field,
                      int number, int least, int most, const char *reason)
{
    if (number == CHUTES_UNSET) {
        return;
    }
    if (number < least || number > most) {
        chutes__encoder_refuse(encoder, field, reason);
    }
    chutes__json_add_int(&encoder->writer, field, number);
}

static void add_text(struct chutes__encoder *encoder, const char *field,
                     const char *text, size_t most, const char *reason)
{
    if (text != NULL && strlen(text) > most) {
        chutes__encoder_refuse(encoder, field, reason);
    }
    chutes__encoder_add(encoder, field, text);
}

static void refuse_given(struct chutes__encoder *encoder, const char *field,
                         const char *text, const char *reason)
{
    if (text != NULL) {
        chutes__encoder_refuse(encoder, field, reason);
    }
}

static void add_gpus(struct chutes__encoder *encoder, const char *field,
                     const char *const *gpus, size_t count)
{
    if (count > 0) {
        chutes__encoder_add_list(encoder, field, gpus, 0, count);
    } else if (gpus != NULL) {
        chutes__encoder_refuse(encoder, field, "must not be empty");
    }
}

static void add_selector(struct chutes__encoder *encoder,
                         const chutes_deploy_params *params)
{
    struct chutes__json_writer *writer = &encoder->writer;

    chutes__json_open_object(writer, "node_selector");
    add_range(encoder, "gpu_count", params->gpu_count, 1, 8,
              "must be from 1 to 8");
    add_range(encoder, "min_vram_gb_per_gpu", params->min_vram_gb_per_gpu, 16,
              140, "must be from 16 to 140");
    add_gpus(encoder, "include", params->include, params->include_count);
    add_gpus(encoder, "exclude", params->exclude, params->exclude_count);
    chutes__json_close_object(writer);
}

static void add_model(struct chutes__encoder *encoder,
                      const chutes_deploy_params *params)
{
    static const char reason[] = "must be NULL with a template";

    refuse_given(encoder, "code", params->code, reason);
    refuse_given(encoder, "filename", params->filename, reason);
    refuse_given(encoder, "ref_str", params->ref_str, reason);
    refuse_given(encoder, "cords_json", params->cords_json, reason);
    if (chutes__encoder_require(encoder, params->model, "model") &&
        strchr(params->model, '/') == NULL) {
        chutes__encoder_refuse(encoder, "model",
                               "must be a repository, such as org/model");
    }
    chutes__encoder_add(encoder, "model", params->model);
    if (params->engine_args_json != NULL) {
        chutes__json_add_raw(&encoder->writer, "engine_args",
                             params->engine_args_json, CHUTES__JSON_OBJECT,
                             "engine_args_json");
    }
}

static void add_code(struct chutes__encoder *encoder,
                     const chutes_deploy_params *params)
{
    static const char reason[] = "must be NULL with an image";
    const char *filename =
        params->filename != NULL ? params->filename : "chute.py";
    const char *reference =
        params->ref_str != NULL ? params->ref_str : "chute:chute";

    refuse_given(encoder, "model", params->model, reason);
    refuse_given(encoder, "engine_args_json", params->engine_args_json, reason);
    chutes__encoder_require(encoder, params->image, "image");
    chutes__encoder_add(encoder, "image", params->image);
    chutes__encoder_require(encoder, params->code, "code");
    add_text(encoder, "code", params->code, 150000,
             "must have at most 150000 bytes");
    if (!chutes__deploy_is_filename(filename)) {
        chutes__encoder_refuse(
            encoder, "filename",
            "must be like chute.py: lower-case letters, digits "
            "and \"_\"");
    }
    chutes__encoder_add(encoder, "filename", filename);
    if (!chutes__deploy_is_reference(reference)) {
        chutes__encoder_refuse(encoder, "ref_str", "must be like chute:chute");
    }
    chutes__encoder_add(encoder, "ref_str", reference);
    if (params->cords_json != NULL) {
        chutes__json_add_raw(&encoder->writer, "cords", params->cords_json,
                             CHUTES__JSON_ARRAY, "cords_json");
    }
}

static void add_name(struct chutes__encoder *encoder,
                     const chutes_deploy_params *params)
{
    const char *name = params->name;

    if (params->image != NULL) {
        chutes__encoder_require(encoder, name, "name");
    }
    if (name != NULL && !chutes__deploy_is_name(name)) {
        chutes__encoder_refuse(encoder, "name",
                               "must be 3 to 127 letters, digits and \"-_./\"");
    }
    chutes__encoder_add(encoder, "name", name);
}

static void add_numbers(struct chutes__encoder *encoder,
                        const chutes_deploy_params *params)
{
    double threshold = params->scaling_threshold;

    add_range(encoder, "concurrency", params->concurrency, 1, 256,
              "must be from 1 to 256");
    add_range(encoder, "max_instances", params->max_instances, 1, 100,
              "must be from 1 to 100");
    add_range(encoder, "shutdown_after_seconds", params->shutdown_after_seconds,
              60, 604800, "must be from 60 to 604800");
    if (isnan(threshold) || threshold > CHUTES_UNSET ||
        threshold < CHUTES_UNSET) {
        if (!(threshold >= 0 && threshold <= 1)) {
            chutes__encoder_refuse(encoder, "scaling_threshold",
                                   "must be from 0 to 1");
        }
        chutes__json_add_double(&encoder->writer, "scaling_threshold",
                                threshold);
    }
    chutes__encoder_add_flag(encoder, "public", "is_public",
                             params->image != NULL &&
                                     params->is_public == CHUTES_UNSET
                                 ? 0
                                 : params->is_public);
    chutes__encoder_add_flag(encoder, "tee", "tee", params->tee);
}

void chutes__deploy_add(struct chutes__encoder *encoder, const void *of_deploy)
{
    const chutes_deploy_params *params = of_deploy;
    struct chutes__json_merge extra;

    chutes__json_open_object(&encoder->writer, NULL);
    chutes__json_merge_begin(&encoder->writer, &extra, params->extra_json);
    add_name(encoder, params);
    if (params->image != NULL) {
        add_code(encoder, params);
    } else {
        add_model(encoder, params);
    }
    add_text(encoder, "tagline", params->tagline, 1024,
             "must have at most 1024 bytes");
    add_text(encoder, "readme", params->readme, 16384,
             "must have at most 16384 bytes");
    if (params->revision != NULL &&
        !chutes__deploy_is_commit(params->revision)) {
        chutes__encoder_refuse(encoder, "revision",
                               "must be a commit of 40 hexadecimal digits");
    }
    chutes__encoder_add(encoder, "revision", params->revision);
    add_selector(encoder, params);
    add_numbers(encoder, params);
    chutes__json_merge_end(&encoder->writer, &extra, NULL, "extra_json");
    chutes__json_close_object(&encoder->writer);
}
