/* SPDX-License-Identifier: MIT */
/* Makes OpenAI's form for changing images. The fields that aren't files are
 * first encoded as a request in JSON, whose members then become fields. */
#include "codec/image.h"

#include <stdio.h>

#include "base/error.h"
#include "codec/form.h"

static struct chutes__stride stride_of(const chutes_image_params *params)
{
    return (struct chutes__stride){params->images,
                                   params->image_count,
                                   params->image_input_size,
                                   sizeof(chutes_image_input),
                                   "images",
                                   "image_input_size"};
}

/* Returns false if there is no mask. */
static bool copy_mask(const chutes_image_params *params,
                      chutes_image_input *mask)
{
    struct chutes__stride stride = stride_of(params);

    stride.array = params->mask;
    if (params->mask != NULL) {
        chutes__stride_copy(&stride, 0, mask, sizeof(*mask));
    }
    return params->mask != NULL;
}

/* ---- the fields ---------------------------------------------------------- */

/* Refuses an input by its list and index, which stay set for the message. */
static bool check_input(struct chutes__encoder *encoder, const char *list,
                        size_t index, const chutes_image_input *input)
{
    encoder->list = list;
    encoder->index = index;
    if ((input->bytes != NULL) == (input->path != NULL)) {
        return chutes__encoder_refuse(
            encoder, "bytes", "must be set, or path must be, but not both");
    }
    if ((input->bytes != NULL) != (input->len > 0)) {
        return chutes__encoder_refuse(encoder, "len",
                                      "must be the length of bytes");
    }
    encoder->list = NULL;
    return true;
}

static bool check_images(struct chutes__encoder *encoder,
                         const chutes_image_params *params)
{
    const struct chutes__stride stride = stride_of(params);
    chutes_image_input image;

    if (params->image_count == 0) {
        return chutes__encoder_refuse(encoder, "images", "must not be empty");
    }
    if (!chutes__encoder_check(encoder, &stride)) {
        return false;
    }
    for (size_t i = 0; i < stride.count; i++) {
        chutes__stride_copy(&stride, i, &image, sizeof(image));
        if (!check_input(encoder, "images", i, &image)) {
            return false;
        }
    }
    return true;
}

static void add(struct chutes__encoder *encoder, const void *of_image)
{
    const chutes_image_params *params = of_image;
    chutes_image_input mask;

    chutes__image_check(encoder, params);
    chutes__image_add_prompt(encoder, params);
    chutes__image_add_openai(encoder, params);
    chutes__image_add_numbers(encoder, params);
    if (check_images(encoder, params) && copy_mask(params, &mask)) {
        (void)check_input(encoder, "mask", 0, &mask);
    }
}

/* ---- the form ------------------------------------------------------------ */

static bool add_file(struct chutes__endpoint_form *form, const char *name,
                     const chutes_image_input *input, const char *path_field,
                     struct chutes__arena *arena)
{
    const struct chutes__form_file file = {
        .name = name,
        .bytes = input->bytes,
        .len = input->len,
        .path = input->path,
        .path_field = chutes__arena_dup(arena, chutes__slice_of(path_field)),
        .stem = "image"};

    return file.path_field != NULL && chutes__form_add_file(form, &file, arena);
}

static bool add_files(struct chutes__endpoint_form *form,
                      const chutes_image_params *params,
                      struct chutes__arena *arena)
{
    const struct chutes__stride stride = stride_of(params);
    const char *name = stride.count > 1 ? "image[]" : "image";
    chutes_image_input image;
    char field[48];
    bool is_added = true;

    for (size_t i = 0; is_added && i < stride.count; i++) {
        chutes__stride_copy(&stride, i, &image, sizeof(image));
        (void)snprintf(field, sizeof(field), "images[%zu].path", i);
        is_added = add_file(form, name, &image, field, arena);
    }
    return is_added && (!copy_mask(params, &image) ||
                        add_file(form, "mask", &image, "mask.path", arena));
}

static chutes_status fill(struct chutes__endpoint_form *form,
                          const chutes_image_params *params,
                          struct chutes__slice json,
                          struct chutes__arena *arena, chutes_error *error)
{
    size_t file_count = params->image_count + 1; /* and the mask */
    chutes_status status;

    if (!chutes__form_open(form, file_count, json, arena)) {
        return chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
    }
    status = chutes__form_add_members(form, json, arena, error);
    return status == CHUTES_OK && !add_files(form, params, arena)
               ? chutes__fail_status(error, CHUTES_ERR_NO_MEMORY)
               : status;
}

static chutes_status make_form(const void *of_image,
                               struct chutes__arena *arena,
                               struct chutes__endpoint_form *form,
                               chutes_error *error)
{
    struct chutes__buf json;
    chutes_status status;

    chutes__buf_init(&json, SIZE_MAX);
    status = chutes__encode_endpoint(&chutes__image_edit_endpoint, of_image,
                                     CHUTES__JSON_MAX_DEPTH, &json, error);
    if (status == CHUTES_OK) {
        status = fill(form, of_image, chutes__buf_slice(&json), arena, error);
    }
    chutes__buf_dispose(&json);
    return status;
}

const struct chutes__endpoint chutes__image_edit_endpoint = {
    .path = "images/edits",
    .accept = "Accept: image/*, application/json",
    .takes_url = true,
    .watcher_at = offsetof(chutes_image_params, user_data),
    .response_size = sizeof(chutes_image_response),
    .add = add,
    .make_form = make_form,
    .decode = chutes__image_decode,
};
