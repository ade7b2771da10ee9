/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_IMAGE_H
#define CHUTES_CODEC_IMAGE_H

#include <chutes/image.h>

#include "codec/endpoint.h"

/* Adds the members of a request for a picture. */
void chutes__image_add(struct chutes__encoder *encoder, const void *of_image);

/* Does the request go to image.chutes.ai? */
bool chutes__image_is_for_mega_host(const chutes_image_params *params);

/* Doubts what that host refuses. */
void chutes__image_check_mega_host(struct chutes__encoder *encoder,
                                   const chutes_image_params *params);

#endif
