/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_BASE_FINISH_REASON_H
#define CHUTES_BASE_FINISH_REASON_H

#include <stdbool.h>

#include "base/slice.h"

/* Returns true if a token limit ended the choice. */
bool chutes__finish_reason_is_length(struct chutes__slice reason);

/* Returns true if a content filter ended it. */
bool chutes__finish_reason_is_filter(struct chutes__slice reason);

#endif
