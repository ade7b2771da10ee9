/* SPDX-License-Identifier: MIT */
#ifndef CHUTES_CLIENT_JSON_TARGET_H
#define CHUTES_CLIENT_JSON_TARGET_H

#include "client/invoke_target.h"
#include "codec/endpoint.h"

/* Finds the target of the request to an endpoint: the path that the parameters
 * name, or the endpoint's usual one. Otherwise works like
 * chutes__invoke_target_init(). */
chutes_status chutes__json_target_init(
    struct chutes__invoke_target *target, const struct chutes__config *config,
    const struct chutes__endpoint *endpoint,
    const struct chutes__endpoint_params *params, struct chutes__arena *arena,
    chutes_error *error) __attribute__((warn_unused_result));

#endif
