/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ELEMENTS_H
#define CHUTES_CODEC_ELEMENTS_H

#include <stddef.h>

#include "base/slice.h"
#include "json/reader.h"

/* Starts a reader behind the opening bracket of a validated array. */
void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array);

/* How many elements a validated array has, so that memory for them is
 * allocated once. */
size_t chutes__elements_count(struct chutes__slice array);

#endif
