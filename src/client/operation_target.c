/* SPDX-License-Identifier: MIT */
/*
 * Finds where the requests about an operation go.
 */
#include "client/operation_target.h"

#include <string.h>

#include "base/error.h"

/* Appends the suffix to the path. Returns false if memory runs out. */
static bool extend_path(struct chutes__operation_target *target,
                        const char *suffix)
{
    size_t len = strlen(target->where.path);
    size_t more = strlen(suffix);
    char *path = chutes__arena_alloc(&target->arena, 1, len + more + 1);

    if (path == NULL) {
        return false;
    }
    memcpy(path, target->where.path, len);
    memcpy(path + len, suffix, more + 1);
    target->where.path = path;
    return true;
}

chutes_status
chutes__operation_target_init(struct chutes__operation_target *target,
                              const struct chutes__config *config,
                              const chutes_operation_params *params,
                              const char *suffix, chutes_error *error)
{
    chutes_invoke_params where = chutes_invoke_params_default();
    chutes_status status;

    chutes__arena_init(&target->arena);
    where.url = params->url;
    where.path = params->path;
    where.send_key = params->send_key;
    status = chutes__invoke_target_init(&target->where, config, &where,
                                        &target->arena, error);
    if (status != CHUTES_OK) {
        return status;
    }
    target->url = chutes__url_join(&target->arena, &target->where.base,
                                   target->where.path, "");
    return target->url != NULL && extend_path(target, suffix)
               ? CHUTES_OK
               : chutes__fail_status(error, CHUTES_ERR_NO_MEMORY);
}

void chutes__operation_target_dispose(struct chutes__operation_target *target)
{
    chutes__invoke_target_dispose(&target->where);
    chutes__arena_dispose(&target->arena);
}
