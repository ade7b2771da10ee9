/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FAULT_H
#define CHUTES_CODEC_FAULT_H

#include <chutes/status.h>

#include "json/reader.h"

/* Describes the fault that the reader found in an answer. Returns the
 * status. */
chutes_status chutes__fault_report(const struct chutes__json_reader *reader,
                                   chutes_error *error);

#endif
