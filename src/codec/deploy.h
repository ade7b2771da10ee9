/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_DEPLOY_H
#define CHUTES_CODEC_DEPLOY_H

#include <chutes/deploy.h>

#include "codec/encoder.h"

/* Adds what chutes_deploy_params describes: the whole body. */
void chutes__deploy_add(struct chutes__encoder *encoder, const void *of_deploy);

#endif
