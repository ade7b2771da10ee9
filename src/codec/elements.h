/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ELEMENTS_H
#define CHUTES_CODEC_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "json/reader.h"

/* Starts a reader inside a validated array, before its first element. This
 * can't fail. */
void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array);

/* Counts the elements of a validated array, so that one allocation can hold
 * them all. */
size_t chutes__elements_count(struct chutes__slice array);

/* Stores the strings of a value in the arena, without elements that are
 * something else. Leaves *texts and *count as they are if the value isn't an
 * array or is empty. Returns false if memory runs out. */
bool chutes__elements_keep_texts(const struct chutes__json_value *value,
                                 struct chutes__arena *arena,
                                 const char *const **texts, size_t *count)
    __attribute__((warn_unused_result));

#endif
