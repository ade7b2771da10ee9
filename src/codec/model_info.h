/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MODEL_INFO_H
#define CHUTES_CODEC_MODEL_INFO_H

#include <stdbool.h>

#include <chutes/models.h>

#include "base/arena.h"
#include "json/reader.h"

/* Sets those fields of a model that are still unknown from the `model_info` of
 * LiteLLM's entry. Does nothing if the value is not an object. Returns false if
 * memory runs out. */
bool chutes__model_info_read(const struct chutes__json_value *info,
                             struct chutes__arena *arena, chutes_model *model)
    __attribute__((warn_unused_result));

#endif
