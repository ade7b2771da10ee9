/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_MODEL_ENTRY_H
#define CHUTES_CODEC_MODEL_ENTRY_H

#include <stdbool.h>

#include <chutes/models.h>

#include "base/arena.h"
#include "json/reader.h"

/* Reads the next value, an entry of the list. Stores the model in the arena, or
 * sets *model to NULL if the entry doesn't identify one. Returns false if
 * memory runs out. */
bool chutes__model_entry_read(struct chutes__json_reader *reader,
                              struct chutes__arena *arena,
                              const chutes_model **model)
    __attribute__((warn_unused_result));

#endif
