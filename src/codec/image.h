/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_IMAGE_H
#define CHUTES_CODEC_IMAGE_H

#include <chutes/image.h>

#include "codec/endpoint.h"

/* These check or add parts of a request for images: the first checks the
 * numbers; the others add the prompt, the members that only OpenAI's API has,
 * and the numbers other than the size. */
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

/* Returns true if the request goes to image.chutes.ai. */
bool chutes__image_is_for_mega_host(const chutes_image_params *params);

/* Doubts parameters that this host rejects. */
void chutes__image_check_mega_host(struct chutes__encoder *encoder,
                                   const chutes_image_params *params);

#endif
