/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_FAULT_H
#define CHUTES_CODEC_FAULT_H

#include <chutes/status.h>

#include "json/reader.h"

/* Describes an answer that the reader refused, and returns the status. */
chutes_status chutes__fault_report(const struct chutes__json_reader *reader,
                                   chutes_error *error);

#endif
