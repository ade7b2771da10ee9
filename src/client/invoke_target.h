/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_INVOKE_TARGET_H
#define CHUTES_CLIENT_INVOKE_TARGET_H

#include <chutes/invoke.h>

#include "base/arena.h"
#include "request/config.h"

/* Where a request to any chute goes. */
struct chutes__invoke_target {
    struct chutes__url base; /* the host, or base_url; with the query */
    const char *path;        /* below it, in the arena */
    bool is_foreign;         /* the key must not be sent there */
};

/* Fails with CHUTES_ERR_INVALID_ARGUMENT unless the text is a slug. It may be
 * NULL, which fails, too. */
chutes_status chutes__invoke_check_slug(const char *slug, chutes_error *error)
    __attribute__((warn_unused_result));

/* Finds the target of the parameters, and checks it. On failure, describes what
 * is wrong. The target must be disposed of in either case. */
chutes_status chutes__invoke_target_init(struct chutes__invoke_target *target,
                                         const struct chutes__config *config,
                                         const chutes_invoke_params *params,
                                         struct chutes__arena *arena,
                                         chutes_error *error)
    __attribute__((warn_unused_result));
void chutes__invoke_target_dispose(struct chutes__invoke_target *target);

#endif
