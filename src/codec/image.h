/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_IMAGE_H
#define CHUTES_CODEC_IMAGE_H

#include <chutes/image.h>

#include "codec/endpoint.h"

/* Parts of a request for images: checks of the numbers; the prompt; what only
 * OpenAI's API has; and the numbers but for the size. */
void chutes__image_check(struct chutes__encoder *encoder,
                         const chutes_image_params *params);
void chutes__image_add_prompt(struct chutes__encoder *encoder,
                              const chutes_image_params *params);
void chutes__image_add_openai(struct chutes__encoder *encoder,
                              const chutes_image_params *params);
void chutes__image_add_numbers(struct chutes__encoder *encoder,
                               const chutes_image_params *params);

/* Decodes any answer with images. */
chutes_status chutes__image_decode(const struct chutes__endpoint_answer *answer,
                                   void *of_image, chutes_error *error);

/* Does the request go to image.chutes.ai? */
bool chutes__image_is_for_mega_host(const chutes_image_params *params);

/* Doubts what that host refuses. */
void chutes__image_check_mega_host(struct chutes__encoder *encoder,
                                   const chutes_image_params *params);

#endif
