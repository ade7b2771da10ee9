/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPERATION_RESULT_H
#define CHUTES_CODEC_OPERATION_RESULT_H

#include <chutes/operation.h>

#include "base/arena.h"
#include "json/reader.h"

/* Stores a URL in the arena. It may be relative to `base`, the operation's own
 * URL. *url becomes "" if the value is not a string. */
chutes_status chutes__operation_keep_url(const struct chutes__json_value *value,
                                         const char *base,
                                         struct chutes__arena *arena,
                                         const char **url, chutes_error *error);

/* Reads the `result` of an operation, which has data and artifacts. Fails with
 * CHUTES_ERR_TOO_LARGE or _NO_MEMORY, and describes the failure. */
chutes_status
chutes__operation_read_result(const struct chutes__json_value *result,
                              const char *base, struct chutes__arena *arena,
                              chutes_operation *operation, chutes_error *error)
    __attribute__((warn_unused_result));

#endif
