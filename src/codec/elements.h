/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ELEMENTS_H
#define CHUTES_CODEC_ELEMENTS_H

#include <stddef.h>

#include "base/slice.h"
#include "json/reader.h"

/* Starts a reader behind the opening bracket of a validated array. It can't
 * fail. */
void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array);

/* Counts the elements of a validated array, so that memory for them can be
 * allocated at once. */
size_t chutes__elements_count(struct chutes__slice array);

#endif
