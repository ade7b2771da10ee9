/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_CHUTE_PATH_H
#define CHUTES_CODEC_CHUTE_PATH_H

#include <chutes/status.h>

#include "base/buf.h"

/* Appends `before` and then a chute, which is an ID or a name. Fails with
 * CHUTES_ERR_INVALID_ARGUMENT if it is neither, or with CHUTES_ERR_NO_MEMORY,
 * and describes the failure. */
chutes_status chutes__chute_path_write(struct chutes__buf *path,
                                       const char *before, const char *chute,
                                       chutes_error *error)
    __attribute__((warn_unused_result));

#endif
