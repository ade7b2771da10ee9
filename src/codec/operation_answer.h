/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPERATION_ANSWER_H
#define CHUTES_CODEC_OPERATION_ANSWER_H

#include <stdbool.h>

#include <chutes/operation.h>

#include "base/arena.h"
#include "base/slice.h"

/* Reads the description of an operation. Sets everything but `info` and
 * raw_json, with texts in the arena. URLs may be relative to `base`, the
 * operation's own URL. Fails with CHUTES_ERR_PROTOCOL if the text does not
 * describe an operation. */
chutes_status
chutes__decode_operation(struct chutes__slice text, size_t max_depth,
                         const char *base, struct chutes__arena *arena,
                         chutes_operation *operation, chutes_error *error)
    __attribute__((warn_unused_result));

/* Returns CHUTES_OK unless the operation ended without success; then it
 * describes that in *error and returns the status. */
chutes_status chutes__operation_judge(const chutes_operation *operation,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

/* Sets *url to a copy of the answer's status_url, in the arena, or to NULL if
 * there is none. Returns false if memory runs out. */
bool chutes__operation_find_url(struct chutes__slice text, size_t max_depth,
                                struct chutes__arena *arena, const char **url)
    __attribute__((warn_unused_result));

#endif
