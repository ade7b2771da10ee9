/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_ELEMENTS_H
#define CHUTES_CODEC_ELEMENTS_H

#include <stddef.h>

#include "base/slice.h"
#include "json/reader.h"

/* Starts a reader inside a validated array, before its first element. This
 * can't fail. */
void chutes__elements_open(struct chutes__json_reader *reader,
                           struct chutes__slice array);

/* Counts the elements of a validated array, so that one allocation can hold
 * them all. */
size_t chutes__elements_count(struct chutes__slice array);

#endif
