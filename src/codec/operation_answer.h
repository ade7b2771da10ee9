/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CODEC_OPERATION_ANSWER_H
#define CHUTES_CODEC_OPERATION_ANSWER_H

#include <stdbool.h>

#include <chutes/operation.h>

#include "base/arena.h"
#include "base/slice.h"

/* Reads the description of an operation. All but `info` and raw_json is set,
 * with texts in the arena. URLs may be references; `base` is the operation's
 * own URL. CHUTES_ERR_PROTOCOL: it isn't one. */
chutes_status
chutes__decode_operation(struct chutes__slice text, size_t max_depth,
                         const char *base, struct chutes__arena *arena,
                         chutes_operation *operation, chutes_error *error)
    __attribute__((warn_unused_result));

/* CHUTES_OK unless the operation is over without success, which this describes
 * in `error`. */
chutes_status chutes__operation_judge(const chutes_operation *operation,
                                      chutes_error *error)
    __attribute__((warn_unused_result));

/* Reads status_url of an answer, in the arena. *url is NULL if there is none.
 * False: out of memory. */
bool chutes__operation_find_url(struct chutes__slice text, size_t max_depth,
                                struct chutes__arena *arena, const char **url)
    __attribute__((warn_unused_result));

#endif
