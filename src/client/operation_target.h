/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_OPERATION_TARGET_H
#define CHUTES_CLIENT_OPERATION_TARGET_H

#include <chutes/operation.h>

#include "client/invoke_target.h"

/* Where the requests about an operation go. */
struct chutes__operation_target {
    struct chutes__invoke_target where;
    const char *url;            /* the operation's own, without its query */
    struct chutes__arena arena; /* for the texts */
};

/* Finds the target of the parameters; `suffix` is appended to the path of the
 * operation. On failure, describes what is wrong. The target must be disposed
 * of in either case. */
chutes_status
chutes__operation_target_init(struct chutes__operation_target *target,
                              const struct chutes__config *config,
                              const chutes_operation_params *params,
                              const char *suffix, chutes_error *error)
    __attribute__((warn_unused_result));
void chutes__operation_target_dispose(struct chutes__operation_target *target);

#endif
