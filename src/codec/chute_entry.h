/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUTE_ENTRY_H
#define CHUTES_CODEC_CHUTE_ENTRY_H

#include "codec/records.h"

/* Reads a chutes_chute, all of it but `info`, as ChuteResponse of
 * api/chute/response.py of Chutes' API writes it. */
extern const struct chutes__record_type chutes__chute_entry;

#endif
