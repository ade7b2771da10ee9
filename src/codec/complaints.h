/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_COMPLAINTS_H
#define CHUTES_CODEC_COMPLAINTS_H

#include <chutes/status.h>

#include "base/slice.h"

/* Fills the message of `error` with the complaints of a JSON list, and param,
 * type and code with those of the first one. Leaves out complaints that don't
 * fit. */
void chutes__complaints_join(struct chutes__slice list, chutes_error *error);

#endif
